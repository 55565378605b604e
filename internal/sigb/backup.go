package sigb

import "maps"

// A Backup is what a system held at one moment.
type Backup struct {
	patrons map[int64]*patron
	former  map[string]int64
}

// Backup copies the whole database.
func (s *System) Backup() Backup {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Backup{patrons: copied(s.patrons), former: maps.Clone(s.former)}
}

// Restore goes back to a backup: all that has come in or was typed since is gone. What waited to be given then waits again.
func (s *System) Restore(b Backup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patrons, s.former, s.numbers = copied(b.patrons), maps.Clone(b.former), map[string]int64{}
	for id, p := range s.patrons {
		s.numbers[fold(p.card.Number)] = id
		if p.waiting() {
			p.stamp = s.now()
		}
	}
}

// Lose takes a reader out of the database, by mistake.
func (s *System) Lose(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.current(number); p != nil {
		delete(s.patrons, p.id)
		delete(s.numbers, fold(number))
	}
}

func copied(patrons map[int64]*patron) map[int64]*patron {
	all := make(map[int64]*patron, len(patrons))
	for id, p := range patrons {
		q := *p
		q.card, q.edits = p.card.Clone(), maps.Clone(p.edits)
		all[id] = &q
	}
	return all
}
