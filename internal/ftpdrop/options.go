package ftpdrop

import (
	"log/slog"
	"time"
)

const (
	defaultTimeout  = 30 * time.Second
	defaultSettle   = 2 * time.Second
	defaultPatience = 30 * time.Second
	defaultTurn     = 10 * time.Second
	// defaultLarge is some eight thousand cards, which take no longer than a turn.
	defaultLarge = 4 << 20
	// defaultAttach keeps a mail under 10 MB, the usual limit, once encoded.
	defaultAttach = 5 << 20
)

// Options are the settings of a Poller. Zero values take the defaults.
type Options struct {
	Target Target
	// Shared also takes files from Target.Folder itself, trusting what they say
	// of their sender.
	Shared bool
	// MaxDocument is the largest file taken; 0 for no limit but the inbox's.
	MaxDocument int64
	// Timeout bounds dialling and every single read and write; 30 s.
	Timeout time.Duration
	// Settle is how long a file must be unchanged; 2 s. A round that meets files
	// for the first time looks at them again after that time.
	Settle time.Duration
	// Patience is how long a file must be unchanged that ends like one still
	// being written, unless Target.Whole; 30 s. Taking it sooner and deleting it
	// would lose what a stalled upload still writes.
	Patience time.Duration
	// Turn is how long the files of one folder are taken before another folder's are; 10 s. A file that has begun comes
	// to its end.
	Turn time.Duration
	// Large is the size from which a file is taken beside the others; 4 MiB.
	Large int64
	// MaxAttach bounds the XML attached to a letter; 5 MiB.
	MaxAttach int64
	// PublicURL is where the hub answers, for letters; may be empty.
	PublicURL string
	// AdminEmail hears of files in the shared folder that name no library; may
	// be empty.
	AdminEmail string
	Location   *time.Location // for dates in letters; UTC if nil
	Logger     *slog.Logger
}

func (o Options) withDefaults() Options {
	setDefault(&o.Timeout, defaultTimeout)
	setDefault(&o.Settle, defaultSettle)
	setDefault(&o.Patience, defaultPatience)
	setDefault(&o.Turn, defaultTurn)
	if o.MaxAttach <= 0 {
		o.MaxAttach = defaultAttach
	}
	if o.Large <= 0 {
		o.Large = defaultLarge
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}
