package oai

// Namespace is that of the protocol's responses.
const Namespace = "http://www.openarchives.org/OAI/2.0/"

// Header is what the protocol says of a record: which it is, when it last
// changed and where it belongs.
type Header struct {
	Identifier string
	Datestamp  string
	Sets       []string
	Deleted    bool
}

// Record is a record on its way out.
type Record struct {
	Header
	// Metadata is one XML element with its namespaces, copied as it is; none
	// in a deleted record.
	Metadata []byte
	// Origin, where known, is told in an about element.
	Origin *Origin
}

// Origin is an originDescription of the provenance schema: where a record was
// taken from, and where that had it from.
type Origin struct {
	BaseURL           string
	Identifier        string
	Datestamp         string
	MetadataNamespace string
	HarvestDate       string
	Altered           bool
	Origin            *Origin
}

// Identity is what Identify tells of a repository.
type Identity struct {
	RepositoryName string
	AdminEmails    []string
	Earliest       int64 // Unix seconds
	DeletedRecord  string
	Granularity    Granularity
	Compressions   []string
	// Domain and SampleIdentifier fill the oai-identifier description; none
	// where Domain is empty.
	Domain           string
	SampleIdentifier string
}

// Format is a metadata format a repository offers.
type Format struct {
	Prefix    string
	Schema    string
	Namespace string
}

// Set is one set of a repository.
type Set struct {
	Spec string
	Name string
}

// ResumptionToken is the resumptionToken element. The attributes that are not
// said stand at zero, save Cursor, which counts from 0 and is -1 then.
type ResumptionToken struct {
	Value          string // empty: the list is complete
	ExpirationDate string
	CompleteSize   int64
	Cursor         int64
}
