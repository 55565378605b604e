package oai

import (
	"net/url"
	"regexp"
	"slices"
)

// Request is a request of the protocol, each argument as it was written;
// empty where it was not given.
type Request struct {
	Verb            Verb
	Identifier      string
	MetadataPrefix  string
	From            string
	Until           string
	Set             string
	ResumptionToken string
}

// Values gives the request's arguments for a query or a form.
func (r Request) Values() url.Values {
	values := url.Values{}
	for _, a := range r.arguments() {
		if a.value != "" {
			values.Set(a.name, a.value)
		}
	}
	return values
}

type argument struct{ name, value string }

// arguments lists all of them, in the order of the request element's attributes.
func (r Request) arguments() [7]argument {
	return [...]argument{
		{ArgVerb, string(r.Verb)},
		{ArgIdentifier, r.Identifier},
		{ArgMetadataPrefix, r.MetadataPrefix},
		{ArgFrom, r.From},
		{ArgUntil, r.Until},
		{ArgSet, r.Set},
		{ArgResumptionToken, r.ResumptionToken},
	}
}

// ParseRequest reads the arguments of a request and holds them against what
// its verb takes. The error is a *Error of the code the protocol wants:
// badVerb, badArgument, or badResumptionToken for an empty one.
func ParseRequest(values url.Values) (Request, error) {
	r := Request{Verb: Verb(values.Get(ArgVerb))}
	sig, known := signatures[r.Verb]
	if err := checkVerb(values[ArgVerb], known); err != nil {
		return Request{}, err
	}
	if err := sig.check(values); err != nil {
		return Request{}, err
	}
	r.Identifier = values.Get(ArgIdentifier)
	r.MetadataPrefix = values.Get(ArgMetadataPrefix)
	r.From = values.Get(ArgFrom)
	r.Until = values.Get(ArgUntil)
	r.Set = values.Get(ArgSet)
	r.ResumptionToken = values.Get(ArgResumptionToken)
	if err := r.checkSyntax(values); err != nil {
		return Request{}, err
	}
	if values.Has(ArgResumptionToken) && r.ResumptionToken == "" {
		return r, Errorf(BadResumptionToken, "L’argument resumptionToken est vide.")
	}
	return r, nil
}

func checkVerb(given []string, known bool) error {
	switch {
	case len(given) == 0:
		return Errorf(BadVerb, "L’argument verb manque.")
	case len(given) > 1:
		return Errorf(BadVerb, "L’argument verb est répété.")
	case !known:
		return Errorf(BadVerb, "Le verbe « %.40s » n’existe pas dans OAI-PMH.", given[0])
	}
	return nil
}

func (s signature) check(values url.Values) error {
	// In a fixed order, so that the same request always gets the same answer.
	for _, name := range sortedNames(values) {
		if !s.takes(name) {
			return Errorf(BadArgument, "L’argument « %.40s » n’est pas prévu pour ce verbe.", name)
		}
		if len(values[name]) > 1 {
			return Errorf(BadArgument, "L’argument « %s » est répété.", name)
		}
	}
	if s.exclusive && values.Has(ArgResumptionToken) {
		if len(values) > 2 {
			return Errorf(BadArgument, "L’argument resumptionToken exclut tous les autres, sauf verb.")
		}
		return nil
	}
	for _, name := range s.required {
		if !values.Has(name) {
			return Errorf(BadArgument, "L’argument obligatoire « %s » manque.", name)
		}
	}
	return nil
}

func (s signature) takes(name string) bool {
	return name == ArgVerb || s.exclusive && name == ArgResumptionToken ||
		slices.Contains(s.required, name) || slices.Contains(s.optional, name)
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// The patterns of metadataPrefixType and setSpecType in OAI-PMH.xsd.
var (
	prefixPattern = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+$`)
	setPattern    = regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*$`)
)

// checkSyntax holds the values against the types the protocol gives them, so
// that whatever passes can be echoed in a response that validates.
func (r Request) checkSyntax(given url.Values) error {
	switch {
	case given.Has(ArgIdentifier) && !ValidURI(r.Identifier):
		return Errorf(BadArgument, "L’argument identifier n’est pas un URI.")
	case given.Has(ArgMetadataPrefix) && !prefixPattern.MatchString(r.MetadataPrefix):
		return Errorf(BadArgument, "L’argument metadataPrefix contient un caractère non admis.")
	case given.Has(ArgSet) && !setPattern.MatchString(r.Set):
		return Errorf(BadArgument, "L’argument set contient un caractère non admis.")
	}
	return r.checkDates(given)
}

func (r Request) checkDates(given url.Values) error {
	const form = "AAAA-MM-JJ ou AAAA-MM-JJThh:mm:ssZ (UTC)"
	from, fromGranularity, err := ParseDatestamp(r.From)
	if err != nil && given.Has(ArgFrom) {
		return Errorf(BadArgument, "L’argument from doit s’écrire %s.", form)
	}
	until, untilGranularity, err := ParseDatestamp(r.Until)
	if err != nil && given.Has(ArgUntil) {
		return Errorf(BadArgument, "L’argument until doit s’écrire %s.", form)
	}
	switch {
	case !given.Has(ArgFrom) || !given.Has(ArgUntil):
		return nil
	case fromGranularity != untilGranularity:
		return Errorf(BadArgument, "Les arguments from et until doivent avoir la même granularité.")
	case from > until:
		return Errorf(BadArgument, "L’argument from est postérieur à until.")
	}
	return nil
}

// Bounds gives from and until in Unix seconds, both inclusive; a day as until
// reaches to its last second. What was not given, or cannot be read, is not
// bounded.
func (r Request) Bounds() (from, until int64, hasFrom, hasUntil bool) {
	from, _, err := ParseDatestamp(r.From)
	hasFrom = err == nil
	until, g, err := ParseDatestamp(r.Until)
	hasUntil = err == nil
	if hasUntil && g == Day {
		until += daySeconds - 1
	}
	return from, until, hasFrom, hasUntil
}
