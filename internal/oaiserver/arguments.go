package oaiserver

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxForm bounds the body of a POST: many times what the longest request takes.
const maxForm = 64 << 10

// arguments reads the arguments of a GET or POST. Those of a POST stand in its
// body; what its address holds beside them counts as well, so that an argument
// given in both is seen to be repeated. malformed is set where something could
// not be decoded: what could be is given all the same, so that a missing verb
// is still told from a wrong argument.
func arguments(r *http.Request) (values url.Values, malformed bool, err error) {
	values, malformed = decode(r.URL.RawQuery)
	if r.Method != http.MethodPost {
		return values, malformed, nil
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return nil, false, &refusal{status: http.StatusUnsupportedMediaType,
			message: "Une requête POST doit être de type application/x-www-form-urlencoded."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxForm))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, false, &refusal{status: http.StatusRequestEntityTooLarge, message: "La requête est trop longue."}
	}
	if err != nil {
		return nil, false, &refusal{status: http.StatusBadRequest, message: "La requête s’est interrompue avant sa fin."}
	}
	form, formMalformed := decode(string(body))
	for name, given := range form {
		values[name] = append(values[name], given...)
	}
	return values, malformed || formMalformed, nil
}

func decode(query string) (values url.Values, malformed bool) {
	values, err := url.ParseQuery(query)
	return values, err != nil
}
