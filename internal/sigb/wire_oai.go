package sigb

import "encoding/xml"

const (
	oaiSchema      = "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	oaiTime        = "2006-01-02T15:04:05Z"
)

// The error codes of the protocol this package gives or understands.
const (
	oaiBadVerb        = "badVerb"
	oaiBadArgument    = "badArgument"
	oaiBadToken       = "badResumptionToken"
	oaiUnknownPrefix  = "cannotDisseminateFormat"
	oaiNoRecordsMatch = "noRecordsMatch"
	listRecords       = "ListRecords"
)

// oaiDocument is what the system's own OAI server writes.
type oaiDocument struct {
	XMLName  xml.Name   `xml:"http://www.openarchives.org/OAI/2.0/ OAI-PMH"`
	Instance string     `xml:"xmlns:xsi,attr"`
	Schema   string     `xml:"xsi:schemaLocation,attr"`
	Date     string     `xml:"responseDate"`
	Request  oaiRequest `xml:"request"`
	Errors   []oaiError `xml:"error"`
	List     *oaiList   `xml:"ListRecords"`
}

type oaiRequest struct {
	Verb   string `xml:"verb,attr,omitempty"`
	Prefix string `xml:"metadataPrefix,attr,omitempty"`
	Set    string `xml:"set,attr,omitempty"`
	From   string `xml:"from,attr,omitempty"`
	Until  string `xml:"until,attr,omitempty"`
	Token  string `xml:"resumptionToken,attr,omitempty"`
	URL    string `xml:",chardata"`
}

type oaiError struct {
	Code string `xml:"code,attr"`
	Text string `xml:",chardata"`
}

type oaiList struct {
	Records []oaiRecord `xml:"record"`
	Token   *oaiToken   `xml:"resumptionToken"`
}

type oaiRecord struct {
	Header   oaiHeader    `xml:"header"`
	Metadata *oaiMetadata `xml:"metadata"`
}

type oaiHeader struct {
	Status     string `xml:"status,attr,omitempty"`
	Identifier string `xml:"identifier"`
	Datestamp  string `xml:"datestamp"`
	Set        string `xml:"setSpec,omitempty"`
}

type oaiMetadata struct {
	Card wireCard `xml:"urn:carte-reseau:1 carte"`
}

type oaiToken struct {
	Size   *int   `xml:"completeListSize,attr"`
	Cursor *int   `xml:"cursor,attr"`
	Value  string `xml:",chardata"`
}

// oaiReply is what a system reads of the hub's answer.
type oaiReply struct {
	XMLName xml.Name
	Date    string     `xml:"responseDate"`
	Errors  []oaiError `xml:"error"`
	List    *oaiList   `xml:"ListRecords"`
}
