package main

import "context"

func measureStart(ctx context.Context, s *site) (f finding, err error) {
	huge, err := s.huge(ctx)
	if err != nil {
		return f, err
	}
	empty, err := s.fresh(ctx)
	if err != nil {
		return f, err
	}
	f.rounds, err = compare(ctx, shortRounds, s.starting(huge), s.starting(empty))
	return f, dropping(ctx, empty, err)
}

// starting is the time from the start of the process until it says it is ready.
func (s *site) starting(d database) side {
	return func(ctx context.Context) (took float64, err error) {
		err = s.with(ctx, "start", d, func(h *hub) error {
			took = h.took.Seconds()
			return nil
		})
		return took, err
	}
}
