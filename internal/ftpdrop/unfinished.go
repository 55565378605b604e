package ftpdrop

import "errors"

var (
	errOvertaken   = errors.New("ce fichier est envoyé de nouveau par une autre connexion")
	errStillComing = errors.New("ce fichier est encore en cours d’envoi ; renommez-le quand son envoi est terminé")
)

// Clients write files under temporary names of their own. A connection that
// broke without a word goes on for minutes, while its client has begun anew on
// another one: what still comes over the first must not get into the file, and
// no file gets its name while it is written.

// begin makes an upload the one that writes its file. Its caller holds placing.
func (s *shelf) begin(u *upload) {
	if before := s.writing[u.unfinishedAt]; before != nil {
		before.overtaken.Store(true)
	}
	s.writing[u.unfinishedAt] = u
}

// end notes that an upload has ended; an error where another one took its file
// over.
func (s *shelf) end(u *upload) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if s.writing[u.unfinishedAt] != u {
		return errOvertaken
	}
	delete(s.writing, u.unfinishedAt)
	return nil
}

// renameUnfinished gives a file another temporary name, where neither is being
// written to.
func (s *shelf) renameUnfinished(from, to string) error {
	s.placing.Lock()
	defer s.placing.Unlock()
	if s.writing[from] != nil || s.writing[to] != nil {
		return errStillComing
	}
	return s.root.Rename(from, to)
}
