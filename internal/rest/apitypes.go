package rest

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// The documents of the JSON interface. They stand apart from the types of cards so that a field added there never
// appears here by accident: a library's password and keys have no place in these.

type apiLibrary struct {
	Code          string     `json:"code" doc:"Code de la bibliothèque" example:"mours"`
	Name          string     `json:"name"`
	Serves        []string   `json:"serves" doc:"Autres établissements gérés dans la même base"`
	Paused        bool       `json:"paused"`
	PauseReason   string     `json:"pause_reason,omitempty" doc:"Pourquoi les échanges sont suspendus"`
	Preparing     bool       `json:"preparing" doc:"En préparation : elle donne ses cartes, rien ne lui est remis avant l’ouverture"`
	Harvested     bool       `json:"harvested" doc:"Le concentrateur moissonne son serveur OAI"`
	Pushed        bool       `json:"pushed" doc:"Le concentrateur appelle son service d’intégration"`
	Behind        int64      `json:"behind" doc:"Cartes qui lui restent à recevoir"`
	Again         int64      `json:"again" doc:"Parmi elles, cartes à lui remettre, refusées comprises"`
	Suspended     int64      `json:"suspended" doc:"Ses dépôts suspendus, qui attendent une décision"`
	Attention     string     `json:"attention,omitempty" doc:"Ce qui demande une intervention"`
	LastDepositAt *time.Time `json:"last_deposit_at" doc:"Dernier apport de cartes ; null si aucun"`
	PullMark      *apiMark   `json:"pull_mark" doc:"Jusqu’où elle a moissonné ; null si jamais"`
	PushMark      *apiMark   `json:"push_mark" doc:"Jusqu’où le concentrateur lui a livré ; null si jamais"`
	Jobs          []apiJob   `json:"jobs"`
	Drift         *apiDrift  `json:"drift" doc:"Ce que son dernier document complet a montré ; null si aucun"`
	Delivery      *apiRedo   `json:"delivery" doc:"La dernière demande de tout lui redonner ; null si aucune"`
}

type apiDrift struct {
	TakenAt   time.Time `json:"taken_at"`
	Deposit   int64     `json:"deposit"`
	Expected  int64     `json:"expected" doc:"Cartes valides qu’elle devait avoir"`
	Held      int64     `json:"held" doc:"Celles qu’elle a"`
	Differing int64     `json:"differing" doc:"Parmi elles, celles qui ne sont pas comme dans le réseau"`
}

type apiRedo struct {
	RequestedAt time.Time  `json:"requested_at"`
	By          string     `json:"by"`
	Cards       int64      `json:"cards" doc:"Cartes mises en attente jusqu’ici"`
	FinishedAt  *time.Time `json:"finished_at" doc:"null tant que cela dure"`
}

type apiMark struct {
	Datestamp time.Time  `json:"datestamp" doc:"Les cartes datées jusqu’ici lui ont été remises"`
	MovedAt   *time.Time `json:"moved_at"`
}

type apiJob struct {
	Job           string     `json:"job" doc:"Nature du travail" example:"moisson"`
	Schedule      string     `json:"schedule" doc:"Expression cron en UTC, ou @every"`
	Paused        bool       `json:"paused"`
	Running       bool       `json:"running"`
	NextRunAt     *time.Time `json:"next_run_at"`
	LastStartAt   *time.Time `json:"last_start_at"`
	LastSuccessAt *time.Time `json:"last_success_at"`
	LastFailureAt *time.Time `json:"last_failure_at"`
	LastError     string     `json:"last_error,omitempty" doc:"Le dernier échec, en clair"`
	Failures      int        `json:"failures" doc:"Échecs de suite"`
}

type apiRun struct {
	ID         int64        `json:"id"`
	Library    string       `json:"library,omitempty" doc:"Absent pour un travail du concentrateur lui-même"`
	Job        string       `json:"job"`
	StartedAt  time.Time    `json:"started_at"`
	FinishedAt *time.Time   `json:"finished_at" doc:"null tant qu’il dure"`
	OK         bool         `json:"ok"`
	Counts     cards.Counts `json:"counts"`
	Deposit    int64        `json:"deposit,omitempty" doc:"Numéro du dépôt qui en tient le rapport"`
	Error      string       `json:"error,omitempty" doc:"Ce qui a manqué, en clair"`
}

// LibraryDocument is the document of one library's state, for the command line.
func LibraryDocument(s cards.LibraryStatus) any { return toLibrary(s) }

func toLibrary(s cards.LibraryStatus) apiLibrary {
	l := s.Library
	jobs := make([]apiJob, len(s.Jobs))
	for i, j := range s.Jobs {
		jobs[i] = toJob(j)
	}
	return apiLibrary{
		Code: l.Code, Name: l.Name, Serves: append([]string{}, l.Serves...),
		Paused: l.Paused, PauseReason: l.PauseReason.String(), Preparing: l.Preparing, Harvested: l.Harvested(), Pushed: l.Pushed(),
		Behind: s.Behind, Again: s.Again, Suspended: s.Suspended, Attention: s.Attention.String(),
		Drift: toDrift(s.Drift), Delivery: toRedo(s.Delivery),
		LastDepositAt: moment(s.LastDeposit), PullMark: toMark(s.Pull), PushMark: toMark(s.Push), Jobs: jobs,
	}
}

func toDrift(d *cards.Drift) *apiDrift {
	if d == nil {
		return nil
	}
	return &apiDrift{TakenAt: d.Taken.UTC(), Deposit: d.Deposit, Expected: d.Expected, Held: d.Held, Differing: d.Differing}
}

func toRedo(d *cards.Delivery) *apiRedo {
	if d == nil {
		return nil
	}
	return &apiRedo{RequestedAt: d.Requested.UTC(), By: d.By, Cards: d.Handed, FinishedAt: moment(d.Finished)}
}

func toMark(m cards.Mark) *apiMark {
	if m.Stamp == 0 {
		return nil
	}
	return &apiMark{Datestamp: time.Unix(m.Stamp, 0).UTC(), MovedAt: moment(m.Moved)}
}

// JobDocument is the document of one job, for the command line.
func JobDocument(j cards.Job) any { return toJob(j) }

func toJob(j cards.Job) apiJob {
	return apiJob{
		Job: string(j.Kind), Schedule: j.Schedule, Paused: j.Paused, Running: j.Running,
		NextRunAt: moment(j.NextRun), LastStartAt: moment(j.LastStart), LastSuccessAt: moment(j.LastSuccess),
		LastFailureAt: moment(j.LastFailure), LastError: j.LastError.String(), Failures: j.Failures,
	}
}

// RunDocument is the document of one piece of work, for the command line.
func RunDocument(r cards.Run) any { return toRun(r) }

func toRun(r cards.Run) apiRun {
	return apiRun{
		ID: r.ID, Library: r.Library, Job: string(r.Job), StartedAt: r.Started.UTC(), FinishedAt: moment(r.Finished),
		OK: r.OK, Counts: r.Counts, Deposit: r.Deposit, Error: r.Error.String(),
	}
}

// moment is null on the wire where nothing happened yet, rather than the year 1.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
