package oai

// Verb is one of the six requests of the protocol.
type Verb string

// The verbs.
const (
	Identify            Verb = "Identify"
	ListMetadataFormats Verb = "ListMetadataFormats"
	ListSets            Verb = "ListSets"
	GetRecord           Verb = "GetRecord"
	ListIdentifiers     Verb = "ListIdentifiers"
	ListRecords         Verb = "ListRecords"
)

// The names of the arguments, as they stand in a request.
const (
	ArgVerb            = "verb"
	ArgIdentifier      = "identifier"
	ArgMetadataPrefix  = "metadataPrefix"
	ArgFrom            = "from"
	ArgUntil           = "until"
	ArgSet             = "set"
	ArgResumptionToken = "resumptionToken"
)

// signature is what a verb takes beside its own name.
type signature struct {
	required  []string
	optional  []string
	exclusive bool // resumptionToken may stand instead of all others
}

var signatures = map[Verb]signature{
	Identify:            {},
	ListMetadataFormats: {optional: []string{ArgIdentifier}},
	ListSets:            {exclusive: true},
	GetRecord:           {required: []string{ArgIdentifier, ArgMetadataPrefix}},
	ListIdentifiers:     {required: []string{ArgMetadataPrefix}, optional: []string{ArgFrom, ArgUntil, ArgSet}, exclusive: true},
	ListRecords:         {required: []string{ArgMetadataPrefix}, optional: []string{ArgFrom, ArgUntil, ArgSet}, exclusive: true},
}
