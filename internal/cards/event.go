package cards

// EventKind says what an event is about.
type EventKind string

// The kinds of events.
const (
	// EventReady begins every stream: whatever was read before may be out of
	// date, what is read now is kept up to date by what follows.
	EventReady     EventKind = "pret"
	EventCards     EventKind = "cartes"       // cards changed
	EventLibrary   EventKind = "bibliotheque" // its settings, its state, how far it has got
	EventRun       EventKind = "travail"      // began, or ended
	EventDeposit   EventKind = "depot"        // arrived, suspended, ended
	EventDecisions EventKind = "decisions"    // what waits for a person
)

// Event tells who watches the network that something changed, never what of
// whom: they look it up, with the right they have to see it.
type Event struct {
	Kind    EventKind
	Library string // code; empty where it is about none
	ID      int64  // of the run or deposit
	State   string // "en-cours", "reussi", "echec" of a run, else the deposit's status
	// Waiting is set where what waits for a person changed.
	Waiting *Waiting
}
