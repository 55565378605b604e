package ftpdrop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

const (
	xmlType = "application/xml"
	// maxReport bounds the report attached; it lists the refused cards only.
	maxReport = 1 << 20
	// maxNamed is how many refused cards the letter itself names.
	maxNamed = 10
)

var errFull = errors.New("over the limit of an attachment")

// Answer queues the letter about a deposit that came by FTP: if anything of it
// was refused, if it waits for a person, and if that person let it through. It
// may be called again: one deposit has one letter of each kind. The inbox calls
// it for deposits taken up after a crash or a decision.
func (p *Poller) Answer(ctx context.Context, d *cards.Deposit) error {
	if d.Door != cards.DoorFTP || !hasLetter(d) {
		return nil
	}
	libraries, err := p.store.Libraries(ctx)
	if err != nil {
		return fmt.Errorf("listing libraries: %w", err)
	}
	for i := range libraries {
		if libraries[i].ID == d.LibraryID {
			return p.answerTo(ctx, &libraries[i], d)
		}
	}
	return nil // the library is gone, and its address with it
}

func refused(d *cards.Deposit) bool { return d.Status == cards.Refused || d.Status == cards.Partial }

func hasLetter(d *cards.Deposit) bool { return refused(d) || d.Status == cards.Suspended || d.Accepted }

func (p *Poller) answerTo(ctx context.Context, lib *cards.Library, d *cards.Deposit) error {
	if !hasLetter(d) {
		return nil
	}
	m, err := p.letter(ctx, lib, d)
	if err != nil {
		return fmt.Errorf("writing the letter about deposit %d: %w", d.ID, err)
	}
	if err := p.store.QueueMail(ctx, m); err != nil {
		return fmt.Errorf("queueing the letter about deposit %d: %w", d.ID, err)
	}
	return nil
}

func (p *Poller) letter(ctx context.Context, lib *cards.Library, d *cards.Deposit) (cards.Message, error) {
	if !refused(d) {
		return p.decisionLetter(lib, d), nil
	}
	m := cards.Message{To: lib.Email, Key: fmt.Sprintf("ftp-%d", d.ID)}
	in, err := p.enclose(ctx, lib, d, &m)
	if err != nil {
		return m, err
	}
	m.Subject, m.Body = p.refusalText(lib, d, in)
	return m, nil
}

// enclosure is what a letter says of its attachments.
type enclosure struct {
	lines []string // one for each
	named []string // the first refused cards, with the reasons
	kept  bool     // the file lies at the hub
}

// enclose attaches the report and what was sent.
func (p *Poller) enclose(ctx context.Context, lib *cards.Library, d *cards.Deposit, m *cards.Message) (enclosure, error) {
	var in enclosure
	report, err := p.report(ctx, d)
	if err != nil {
		return in, err
	}
	if report != nil {
		m.Attachments = append(m.Attachments, cards.Attachment{Name: fmt.Sprintf("rapport-%d.xml", d.ID), ContentType: xmlType, Data: report})
		in.lines = append(in.lines, "le rapport, qui donne pour chaque carte refusée la ligne et la raison")
		in.named = firstRefused(report)
	}
	if in.kept, err = p.kept(ctx, d); err != nil {
		return in, err
	}
	source, line, err := p.source(ctx, lib, d, in.kept)
	if err != nil {
		return in, err
	}
	if source != nil {
		m.Attachments = append(m.Attachments, *source)
		in.lines = append(in.lines, line)
	}
	return in, nil
}

// firstRefused reads a few refused cards back from the report, for readers who
// do not open attachments.
func firstRefused(report []byte) []string {
	var named []string
	reader, err := exchange.NewReportReader(bytes.NewReader(report), "")
	for err == nil && len(named) < maxNamed {
		var card cards.Outcome
		if card, err = reader.Next(); err == nil {
			named = append(named, refusedCard(card))
		}
	}
	return named
}

func refusedCard(card cards.Outcome) string {
	var b strings.Builder
	b.WriteString("carte ")
	if card.Number != "" {
		fmt.Fprintf(&b, "n° %s", clean(card.Number))
	} else {
		b.WriteString("sans numéro")
	}
	if card.Line > 0 {
		fmt.Fprintf(&b, ", ligne %d", card.Line)
	}
	for i, fault := range card.Faults {
		if i == 0 {
			b.WriteString(" :")
		}
		b.WriteString(" " + clean(fault.Message))
	}
	return b.String()
}

// report is nil where it would be too long to send.
func (p *Poller) report(ctx context.Context, d *cards.Deposit) ([]byte, error) {
	w := &limitedBuffer{left: maxReport}
	if err := p.inbox.WriteReport(ctx, d, true, w); err != nil {
		if w.full {
			return nil, nil
		}
		return nil, err
	}
	return w.content.Bytes(), nil
}

// kept reports whether the document's bytes are still there: those of one that
// holds an erased card were dropped when it ended.
func (p *Poller) kept(ctx context.Context, d *cards.Deposit) (bool, error) {
	if d.Size == 0 {
		return true, nil
	}
	stored, err := p.store.OpenDeposit(ctx, d.ID)
	if err != nil {
		return false, err
	}
	n, err := io.ReadFull(stored, make([]byte, 1))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n > 0, errors.Join(err, stored.Close())
}

// source gives back the document or, where it is too large for a mail or not
// kept, the cards of it that were refused; nil where even these are too large.
func (p *Poller) source(ctx context.Context, lib *cards.Library, d *cards.Deposit, kept bool) (*cards.Attachment, string, error) {
	if kept && d.Size <= p.opt.MaxAttach {
		content, err := p.original(ctx, d)
		if err != nil {
			return nil, "", err
		}
		return &cards.Attachment{Name: d.Name, ContentType: xmlType, Data: content}, "le fichier tel que vous l’avez déposé", nil
	}
	if d.Status != cards.Partial {
		return nil, "", nil
	}
	content, err := p.rejected(ctx, lib, d)
	if err != nil || content == nil {
		return nil, "", err
	}
	why := "le fichier entier est trop volumineux pour un courriel"
	if !kept {
		why = "sans celles qui ont été effacées du réseau ; le fichier entier n’est pas gardé"
	}
	return &cards.Attachment{Name: fmt.Sprintf("refusees-%d.xml", d.ID), ContentType: xmlType, Data: content},
		"les cartes refusées, telles que vous les avez envoyées (" + why + ")", nil
}

func (p *Poller) original(ctx context.Context, d *cards.Deposit) ([]byte, error) {
	stored, err := p.store.OpenDeposit(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(stored)
	return content, errors.Join(err, stored.Close())
}

func (p *Poller) rejected(ctx context.Context, lib *cards.Library, d *cards.Deposit) ([]byte, error) {
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cartes xmlns=%q etablissement=%q>\n", exchange.Namespace, lib.Code)
	for card, err := range p.store.RejectedSources(ctx, d.ID) {
		if err != nil {
			return nil, err
		}
		if int64(out.Len()+len(card)) > p.opt.MaxAttach {
			return nil, nil
		}
		out.Write(card)
		out.WriteByte('\n')
	}
	out.WriteString("</cartes>\n")
	return out.Bytes(), nil
}

// refusalText is the letter itself, in words a librarian understands.
func (p *Poller) refusalText(lib *cards.Library, d *cards.Deposit, in enclosure) (subject, body string) {
	var b strings.Builder
	fmt.Fprintf(&b, "Bonjour,\n\nLe fichier « %s » de %s (%s), reçu par FTP le %s, ", d.Name, lib.Name, lib.Code,
		d.Arrived.In(p.opt.Location).Format("02/01/2006 à 15:04"))
	if d.Status == cards.Refused {
		subject = fmt.Sprintf("Carte réseau : fichier « %s » refusé", d.Name)
		fmt.Fprintf(&b, "a été refusé.\n\nRaison : %s\n\n", refusedText(d))
		b.WriteString("Aucune carte de ce fichier n’a été créée ni modifiée. Corrigez-en la cause, puis déposez le fichier à nouveau.\n")
	} else {
		subject = fmt.Sprintf("Carte réseau : fichier « %s » : %s", d.Name, count(d.Counts.Rejected, "carte refusée", "cartes refusées"))
		fmt.Fprintf(&b, "a été intégré, sauf %s sur %s.\n\n", count(d.Counts.Rejected, "carte refusée", "cartes refusées"), number(d.Counts.Received))
		fmt.Fprintf(&b, "  créées : %s\n  modifiées : %s\n  inchangées : %s\n  refusées : %s\n\n",
			number(d.Counts.Created), number(d.Counts.Modified), number(d.Counts.Unchanged), number(d.Counts.Rejected))
		writeList(&b, "Cartes refusées :", in.named)
		if more := d.Counts.Rejected - len(in.named); more > 0 && len(in.named) > 0 {
			fmt.Fprintf(&b, "  … et %s.\n", count(more, "autre", "autres"))
		}
		b.WriteString("\nCorrigez les cartes refusées dans votre logiciel ; elles repartiront avec votre prochain fichier.\n" +
			"Les autres cartes sont enregistrées : il n’est pas nécessaire de les renvoyer.\n")
	}
	b.WriteString("\n")
	writeList(&b, "Vous trouverez ci-joint :", in.lines)
	b.WriteString(p.whereToRead(d))
	kept := "est conservé trente jours"
	if !in.kept {
		kept = "contient une carte effacée du réseau : il n’est pas conservé"
	}
	fmt.Fprintf(&b, "\nLe fichier reçu %s (dépôt n° %d).\n%s", kept, d.ID, signature)
	return subject, b.String()
}

func writeList(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	b.WriteString(title + "\n")
	for _, line := range lines {
		fmt.Fprintf(b, "  - %s\n", line)
	}
}

const signature = "\nCe message est envoyé automatiquement par le concentrateur de la carte réseau.\n"

// refusedText is why the document as a whole was refused.
func refusedText(d *cards.Deposit) cards.Sentence {
	switch {
	case d.Fault == nil:
		return cards.Say("Le document a été refusé.")
	case d.Fault.Line > 0:
		return cards.Say("ligne %d : %s", d.Fault.Line, cards.Quote(d.Fault.Message))
	}
	return cards.Quote(d.Fault.Message)
}

func (p *Poller) tooLargeLetter(lib *cards.Library, doc file) cards.Message {
	return cards.Message{
		To:      lib.Email,
		Subject: fmt.Sprintf("Carte réseau : fichier « %s » trop grand", doc.name()),
		Body: fmt.Sprintf("Bonjour,\n\nLe fichier « %s » de %s (%s), déposé par FTP, compte %s ; la limite est de %s.\n"+
			"Aucune carte de ce fichier n’a été créée ni modifiée.\n\n"+
			"Il est aussi trop grand pour être renvoyé par courriel : il reste dans votre dossier FTP, sous un nom qui se termine par « %s ».\n"+
			"Déposez les mêmes cartes en plusieurs fichiers, puis supprimez celui-ci.\n%s",
			doc.name(), lib.Name, lib.Code, bytesText(doc.size), bytesText(p.opt.MaxDocument), tooLargeSuffix, signature),
	}
}

func nobodysLetter(to string, doc file) cards.Message {
	return cards.Message{
		To:      to,
		Subject: fmt.Sprintf("Carte réseau : fichier « %s » d’une bibliothèque inconnue", doc.name()),
		Body: fmt.Sprintf("Bonjour,\n\nLe fichier « %s » du dossier FTP partagé ne nomme aucune bibliothèque du réseau : il n’est pas lisible,\n"+
			"ou son attribut « etablissement » est inconnu. Comme on ne sait pas à qui le rendre, il reste où il est.\n\n"+
			"Ajoutez la bibliothèque qui manque, corrigez le fichier ou supprimez-le.\n%s", doc.name(), signature),
	}
}

func count(n int, one, many string) string {
	if n < 2 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return number(n) + " " + many
}

func number[N int | int64](n N) string { return cards.Grouped(n, cards.French) }

func bytesText(n int64) string {
	if n < 1<<20 {
		return number(n) + " octets"
	}
	return strings.Replace(fmt.Sprintf("%.1f Mio", float64(n)/(1<<20)), ".", ",", 1)
}

// limitedBuffer refuses what goes beyond its limit. The buffer is not embedded:
// io.WriteString would find its WriteString and go past Write, and the limit.
type limitedBuffer struct {
	content bytes.Buffer
	left    int
	full    bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(p) > b.left {
		b.full = true
		return 0, errFull
	}
	b.left -= len(p)
	return b.content.Write(p)
}
