package cards

import "time"

// Door names the way a change came in or goes out.
type Door string

// The doors.
const (
	DoorPost    Door = "post"
	DoorFTP     Door = "ftp"
	DoorHarvest Door = "moisson"
	DoorImport  Door = "import"
	// DoorDecision is where a person decided.
	DoorDecision Door = "decision"
	DoorPull     Door = "oai"  // the library harvests the hub
	DoorPush     Door = "push" // the hub calls the library
)

// Batch is a run of cards applied in one transaction, with the progress of the
// deposit or harvest they belong to.
type Batch struct {
	Library *Library
	Door    Door
	Moment  Moment
	Deposit int64 // its results are filed under this deposit
	Items   []Item
	// Harvest, when set, is saved with the batch: the page's cursor moves only
	// with its cards.
	Harvest *Harvest
	// Complete is set where the document holds all the library has: what it
	// shows to be missing there is handed again by HandMissing.
	Complete bool
	// Simulate computes the outcomes and changes nothing but the deposit's
	// report.
	Simulate bool
	// Rehearse computes the outcomes and changes nothing at all.
	Rehearse bool
}

// DepositStatus is the state of a deposit, as the report names it.
type DepositStatus string

// The states of a deposit. Receiving and Received do not stand in a report.
const (
	Receiving  DepositStatus = "reception" // its bytes are still arriving
	Received   DepositStatus = "recu"      // all bytes are stored, cards not all integrated
	Integrated DepositStatus = "integre"
	Partial    DepositStatus = "partiel" // some cards were rejected
	Refused    DepositStatus = "refuse"  // the document as a whole failed
	Suspended  DepositStatus = "suspendu"
	Simulated  DepositStatus = "simulation"
)

// Deposit is one document that came in, by whatever door.
type Deposit struct {
	ID        int64
	LibraryID int64
	Library   string // the library's code
	Door      Door
	// Name is the file's name for an FTP drop or an import; empty otherwise.
	Name string
	// Charset is what the transport declared of the encoding; usually empty.
	Charset  string
	Simulate bool
	Status   DepositStatus
	Size     int64
	Arrived  time.Time
	Made     time.Time // the document's genere-le; zero when it does not say
	Finished time.Time // zero while it is worked on or waits for a decision
	Done     int       // ordinal of the last card applied
	Counts   Counts
	// Suspended is when it was found to modify too many cards; zero: never. Its
	// counts are those of the dry run then, until it is accepted.
	Suspended time.Time
	// Touched counts the modified cards of the dry run by the fields that would
	// change, as the exchange format names them.
	Touched map[string]int
	// Judged is when a person decided on it, JudgedBy who: "cli:NAME" for
	// somebody at the machine, else a staff account.
	Judged   time.Time
	JudgedBy string
	// Accepted lets it through, however many cards it modifies.
	Accepted bool
	// Fault is set where the document as a whole failed.
	Fault *Fault
	// Kept says that its bytes are still there, Gone that its library has left the network.
	Kept, Gone bool
	// RetryOf is the deposit whose document it integrates once more; 0: none.
	RetryOf int64
}

// Harvest is how far the harvest of one library has got.
type Harvest struct {
	LibraryID int64
	// Source is what was asked; empty in states of before it was kept. The
	// settings may name another one meanwhile.
	Source string `json:",omitempty"`
	// From is the responseDate, as the ILS wrote it, at the start of the last
	// harvest that completed; empty before the first.
	From string
	// Granularity is "second" or "day", as last seen to work; empty unknown.
	Granularity string

	// The harvest under way; Token empty and Started zero when there is none.
	Started      time.Time
	WindowFrom   string // the from argument of this window
	ResponseDate string // the ILS's responseDate on the first page
	Token        string // the next page
	Pages        int
	Records      int
	Deleted      int
	Deposit      int64 // where the pages' bytes and results are filed; 0 none yet
	// Held is the deposit of the pages that wait for a decision, from the one on
	// that would modify too many cards; 0 none.
	Held     int64 `json:",omitempty"`
	Run      int64
	Restarts int // times the window was begun again after badResumptionToken
}

// Run is one execution of a job for one library: a harvest, a push, a drop.
type Run struct {
	ID        int64
	LibraryID int64
	Library   string // the library's code; empty for jobs of the hub itself
	Job       JobKind
	Started   time.Time
	Finished  time.Time // zero while it runs
	OK        bool
	Counts    Counts
	Deposit   int64 // where its report is; 0 none
	// Error is what went wrong, zero on success.
	Error Sentence
}

// JobKind names a kind of periodic work.
type JobKind string

// The kinds of work.
const (
	JobHarvest  JobKind = "moisson"
	JobPush     JobKind = "push"
	JobFTP      JobKind = "ftp"
	JobConfirm  JobKind = "confirmation" // a library's report on what it fetched
	JobMail     JobKind = "courriel"
	JobDeposits JobKind = "depots" // takes up deposits a crash left half integrated
	JobEnds     JobKind = "fins"   // tells of cards that ended early
	JobPurge    JobKind = "menage" // deletes bytes past their keeping time
	// JobLikeness looks for one person under two numbers.
	JobLikeness JobKind = "ressemblances"
	// JobAlerts looks for what goes wrong and tells those who want to know.
	JobAlerts JobKind = "alertes"
	// JobStatistics counts the cards that changed.
	JobStatistics JobKind = "statistiques"
)

// Job is one scheduled piece of work with its lease.
type Job struct {
	Kind      JobKind
	LibraryID int64 // HubID for work of the hub itself
	Library   string
	Schedule  string // cron expression in UTC or @every
	Paused    bool
	AtOnce    bool // its first run does not wait for the schedule: a wake that came before it was planned went unheard

	NextRun     time.Time
	LastStart   time.Time
	LastSuccess time.Time
	LastFailure time.Time
	LastError   Sentence // of the last failure
	Failures    int      // in a row
	Wakes       int64    // times the work was asked for at once; see jobs
	Running     bool     // a live lease is held
}

// Lease is the right to do one job, until it runs out or is given back.
type Lease struct {
	Kind      JobKind
	LibraryID int64
	Owner     string
	Until     time.Time
	// Fence grows with every lease, so that a late owner cannot end another's.
	Fence int64
	Wakes int64 // the job's Wakes when the lease was taken
}

// RunQuery selects runs, newest first.
type RunQuery struct {
	Library string // code; empty for all
	Job     JobKind
	Before  int64 // runs with a lower ID; 0 from the newest
	Limit   int
}

// DepositQuery selects deposits, newest first.
type DepositQuery struct {
	Library string        // code; empty for all
	Status  DepositStatus // empty for all
	Before  int64         // deposits with a lower ID; 0 from the newest
	Limit   int
}
