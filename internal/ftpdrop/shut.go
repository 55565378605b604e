package ftpdrop

import (
	"context"
	"strings"
	"time"

	"github.com/jlaffaye/ftp"

	"github.com/carte-reseau/hub/internal/cards"
)

// Of a folder that cannot be listed, servers say the same whether it is not
// there or not to be read. The first is daily life; of the second somebody must
// hear, for its library believes that its files are taken.

// shows reports whether the server shows a library's folder.
func (r *round) shows(code string) bool {
	if r.shown == nil {
		r.shown = map[string]bool{}
		entries, err := r.session.list(r.opt.Target.Folder)
		if err != nil {
			return false // nothing is known then, as before
		}
		for _, e := range entries {
			r.shown[e.Name] = e.Type != ftp.EntryTypeFile
		}
	}
	return r.shown[code]
}

// shut tells staff once of a folder that is there and cannot be listed. What
// stuck in it is there still, as far as anybody knows.
func (r *round) shut(ctx context.Context, f folder, cause error) {
	_, met := r.stuck[f.path]
	r.stuck[f.path] = stuckFile{told: true}
	for path, s := range r.stuck {
		if path == f.path || strings.HasPrefix(path, join(f.path, "")) {
			s.round = r.count
			r.stuck[path] = s
		}
	}
	if met {
		return
	}
	r.log.Warn("a library's folder cannot be listed", "library", f.library.Code, "error", logged(cause))
	r.record(ctx, f.library, time.Now(), nil, cards.Say("Le dossier FTP de la bibliothèque ne peut pas être lu (%s) : "+
		"ce qu’elle y dépose n’est pas pris. Donnez au compte du concentrateur le droit de lister ce dossier et d’y supprimer.", explain(cause)))
}
