package ftpdrop

import (
	"fmt"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
)

// decisionLetter tells a library that its file waits for the network's staff,
// or that they let it through.
func (p *Poller) decisionLetter(lib *cards.Library, d *cards.Deposit) cards.Message {
	head := fmt.Sprintf("Bonjour,\n\nLe fichier « %s » de %s (%s), reçu par FTP le %s, ", d.Name, lib.Name, lib.Code,
		d.Arrived.In(p.opt.Location).Format("02/01/2006 à 15:04"))
	foot := fmt.Sprintf("%s\nDépôt n° %d.\n%s", p.whereToRead(d), d.ID, signature)
	if d.Status == cards.Suspended {
		return cards.Message{
			To: lib.Email, Key: fmt.Sprintf("ftp-suspendu-%d", d.ID),
			Subject: fmt.Sprintf("Carte réseau : fichier « %s » en attente d’un accord", d.Name),
			Body: head + fmt.Sprintf("modifierait %s cartes d’un coup : c’est beaucoup plus que d’habitude.\n"+
				"Par prudence, il est gardé en attente. Aucune carte n’a encore été créée ni modifiée ; l’équipe du réseau examine le fichier et décide.\n\n"+
				"Que faire ? Rien, si ces changements sont voulus : vous serez prévenu de la décision, et il est inutile de redéposer le fichier.\n"+
				"S’ils ne le sont pas, prévenez l’équipe du réseau. Vos prochains fichiers sont traités comme d’habitude.\n", number(d.Counts.Modified)) + foot,
		}
	}
	return cards.Message{
		To: lib.Email, Key: fmt.Sprintf("ftp-%d", d.ID),
		Subject: fmt.Sprintf("Carte réseau : fichier « %s » accepté", d.Name),
		Body: head + fmt.Sprintf("qui était en attente, a été accepté par l’équipe du réseau et il est intégré.\n\n"+
			"  créées : %s\n  modifiées : %s\n  inchangées : %s\n",
			number(d.Counts.Created), number(d.Counts.Modified), number(d.Counts.Unchanged)) + foot,
	}
}

// whereToRead names the address of the report; empty where the hub has none.
func (p *Poller) whereToRead(d *cards.Deposit) string {
	if p.opt.PublicURL == "" {
		return ""
	}
	return fmt.Sprintf("\nLe rapport complet, avec le code et la clé de votre bibliothèque :\n%s/depots/%d\n", strings.TrimSuffix(p.opt.PublicURL, "/"), d.ID)
}
