package main

import (
	"fmt"
	"io"
)

// document is one of a library's cards made as it is read: a gigabyte of it takes no memory.
type document struct {
	next, last int
	step       int // from one number to the next
	generation int // of the telephone numbers: another one changes every card
	buf        []byte
	unread     []byte
	ended      bool
}

const pieceOfDocument = 64 << 10

// newDocument holds count cards from the number first on.
func newDocument(code string, first, count, generation int) *document {
	return newSpread(code, first, count, 1, generation)
}

// newSpread holds every step-th of the numbers only.
func newSpread(code string, first, count, step, generation int) *document {
	d := &document{next: first, last: first + count*step, step: step, generation: generation, buf: make([]byte, 0, pieceOfDocument+4<<10)}
	d.unread = fmt.Appendf(d.buf, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cartes xmlns=\"urn:carte-reseau:1\" etablissement=%q mode=\"incremental\">\n", code)
	return d
}

// Read makes the next cards.
func (d *document) Read(p []byte) (int, error) {
	if len(d.unread) == 0 && !d.more() {
		return 0, io.EOF
	}
	n := copy(p, d.unread)
	d.unread = d.unread[n:]
	return n, nil
}

func (d *document) more() bool {
	if d.ended {
		return false
	}
	b := d.buf[:0]
	for d.next < d.last && len(b) < pieceOfDocument {
		b = appendCard(b, d.next, d.generation)
		d.next += d.step
	}
	if d.next == d.last && len(b) < pieceOfDocument {
		b = append(b, "</cartes>\n"...)
		d.ended = true
	}
	d.unread = b
	return true
}

// Invented, and spread like real ones: no two cards seem to be one person's.
var (
	syllables  = []string{"ba", "lé", "mor", "vin", "du", "pré", "char", "ton", "ri", "gau", "fè", "nel", "sou", "bert", "cla", "mi"}
	firstNames = []string{"Hélène", "Jean-Marc", "Zoé", "Élodie", "Ahmed", "François", "Maëlle", "Kévin", "Noémie", "Benoît", "Aïcha", "Loïc"}
	streets    = []string{"rue des Lilas", "avenue Jean Jaurès", "impasse du Vieux Moulin", "place de l’Église", "chemin des Écoliers"}
	towns      = []string{"Romans-sur-Isère", "Génissieux", "Mours-Saint-Eusèbe"}
)

const (
	daysOfYears = 28 * 12 * 80
	manyTowns   = 600 // of a big network
)

// appendCard is the n-th card, about 1 KB with the names of its elements.
func appendCard(b []byte, n, generation int) []byte {
	name := appendName(nil, n)
	first := firstNames[n%len(firstNames)]
	day := n * 7919 % daysOfYears
	b = fmt.Appendf(b, "<carte><numero>2610%09d</numero><modifie-le>2026-09-10T10:00:00Z</modifie-le><civilite>MME</civilite><nom>%s</nom><nom-naissance>%s</nom-naissance>"+
		"<prenom>%s</prenom><date-naissance>%d-%02d-%02d</date-naissance><sexe>F</sexe>", n, name, name, first, 1930+day/(28*12), 1+day/28%12, 1+day%28)
	b = fmt.Appendf(b, "<adresse><ligne>%d %s</ligne><ligne>Bâtiment %d, escalier B</ligne><code-postal>26%03d</code-postal><commune>%s-%03d</commune>"+
		"<pays>FR</pays></adresse>", 1+n%120, streets[n%len(streets)], 1+n%9, n%manyTowns, towns[n%len(towns)], n%manyTowns)
	b = fmt.Appendf(b, "<telephone>04 75 %02d %02d %02d</telephone><portable>06 39 98 %02d %02d</portable><courriel>lectrice.%d@example.org</courriel>",
		generation%100, n/100%100, n%100, n/100%100, n%100, n)
	b = fmt.Appendf(b, "<responsable-legal><nom>%s</nom><prenom>Régine</prenom><lien>mere</lien><telephone>06 39 98 %02d %02d</telephone><courriel>famille.%d@example.org</courriel></responsable-legal>",
		name, n%100, n/100%100, n)
	return append(b, "<inscription><premiere>2024-09-03</premiere><reinscription>2026-09-10</reinscription><fin>2099-09-09</fin></inscription></carte>\n"...)
}

// appendName spells n, so that names are as many as cards and their order is not that of the numbers.
func appendName(b []byte, n int) []byte {
	b = append(b, 'L', 'a', ' ', 'M')
	for range 5 {
		b = append(b, syllables[n%len(syllables)]...)
		n /= len(syllables)
	}
	return b
}
