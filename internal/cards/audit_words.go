package cards

import (
	"regexp"
	"strings"
)

// codesInRecord are the words of the record that are codes: they are kept so, for programs ask for them and years of entries hold them.
var codesInRecord = map[string]string{
	"bibliotheque ": "bibliothèque ", "depot ": "dépôt ",
	"rôle reader": "rôle lecture", "rôle operator": "rôle opérateur", "rôle administrator": "rôle administrateur",
}

var codeInRecord = regexp.MustCompile(`(?:^|, )(?:bibliotheque |depot |rôle (?:reader|operator|administrator)\b)`)

// AuditInWords is what an entry says of its subject, or in detail, as French is written.
func AuditInWords(recorded string) string {
	return codeInRecord.ReplaceAllStringFunc(recorded, func(found string) string {
		code := strings.TrimPrefix(found, ", ")
		return strings.TrimSuffix(found, code) + codesInRecord[code]
	})
}

// AuditSubjectTyped is the subject somebody looks for, as the record holds it.
func AuditSubjectTyped(typed string) string {
	for code, words := range codesInRecord {
		if rest, is := strings.CutPrefix(typed, words); is {
			return code + rest
		}
	}
	return typed
}
