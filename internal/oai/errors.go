package oai

import "fmt"

// ErrorCode is one of the error conditions of the protocol.
type ErrorCode string

// The error conditions.
const (
	BadVerb                 ErrorCode = "badVerb"
	BadArgument             ErrorCode = "badArgument"
	BadResumptionToken      ErrorCode = "badResumptionToken"
	CannotDisseminateFormat ErrorCode = "cannotDisseminateFormat"
	IDDoesNotExist          ErrorCode = "idDoesNotExist"
	NoRecordsMatch          ErrorCode = "noRecordsMatch"
	NoMetadataFormats       ErrorCode = "noMetadataFormats"
	NoSetHierarchy          ErrorCode = "noSetHierarchy"
)

// Error is an error of the protocol: said by a server, or read by a client.
type Error struct {
	Code    ErrorCode
	Message string // for a person; French where the hub says it
}

// Errorf makes an Error.
func Errorf(code ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error gives the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}
