package oai

import (
	"fmt"
	"regexp"
	"strings"
)

// The patterns of oai-identifier.xsd.
var (
	domainPattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+$`)
	localPattern  = regexp.MustCompile(`^[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+$`)
)

// ValidDomain reports whether domain can stand in identifiers: a domain name
// of at least two parts, each beginning with a letter.
func ValidDomain(domain string) bool { return domainPattern.MatchString(domain) }

// Identifier builds the oai-identifier oai:DOMAIN:LOCAL.
func Identifier(domain, local string) string { return "oai:" + domain + ":" + local }

// ParseIdentifier takes an oai-identifier apart. Domain names do not
// distinguish letter case, and are given as they stand.
func ParseIdentifier(s string) (domain, local string, err error) {
	rest, isOAI := strings.CutPrefix(s, "oai:")
	domain, local, whole := strings.Cut(rest, ":")
	if !isOAI || !whole || !ValidDomain(domain) || !localPattern.MatchString(local) {
		return "", "", fmt.Errorf("%.80q is no oai-identifier (oai:DOMAIN:LOCAL)", s)
	}
	return domain, local, nil
}
