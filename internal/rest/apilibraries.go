package rest

import (
	"context"
	"crypto/rand"
	"iter"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// LibraryDesk is where libraries are entered, set, stopped and taken out.
type LibraryDesk interface {
	Library(ctx context.Context, code string) (*cards.Library, error)
	LibraryStatus(ctx context.Context, code string) (*cards.LibraryStatus, error)
	// AddLibrary answers with cards.Conflict where the code, or one it serves, is another's.
	AddLibrary(ctx context.Context, l cards.Library, key string) (*cards.Library, error)
	// EditLibrary answers with cards.Changed where the settings are not those seen; empty: whatever they are.
	EditLibrary(ctx context.Context, code, seen string, change func(*cards.Library) error) (*cards.Library, error)
	SetLibraryKey(ctx context.Context, libraryID int64, key string) error
	PauseLibrary(ctx context.Context, libraryID int64, reason cards.Sentence) error
	ResumeLibrary(ctx context.Context, libraryID int64) error
	SetAttention(ctx context.Context, libraryID int64, note cards.Sentence) error
	// OpenLibrary ends a library's preparation: it is handed what it is owed.
	OpenLibrary(ctx context.Context, libraryID int64) error
	// RunNow answers with cards.Conflict where the library's settings give no reason for the work, or it is not in the plan yet.
	RunNow(ctx context.Context, kind cards.JobKind, l *cards.Library) error
	CardsSentBy(ctx context.Context, libraryID int64) iter.Seq2[[]byte, error]
	RemoveLibrary(ctx context.Context, libraryID int64) error
	Now(ctx context.Context) (time.Time, error)
}

// LibraryRules are what the roof knows of libraries and the store does not.
type LibraryRules struct {
	// Check refuses settings that cannot work in this hub. Nil: none.
	Check func(*cards.Library) error
	// Kick has the plan of work looked at anew, at once. Nil: it is by itself, a little later.
	Kick func()
	// HubCode is the hub's own establishment, for the documents it writes.
	HubCode string
}

// Libraries makes the subject of the libraries themselves: their settings, keys and work.
func Libraries(store LibraryDesk, rules LibraryRules) Subject {
	if rules.Check == nil {
		rules.Check = func(*cards.Library) error { return nil }
	}
	if rules.Kick == nil {
		rules.Kick = func() {}
	}
	return libraryDesk{store: store, rules: rules}
}

type libraryDesk struct {
	store LibraryDesk
	rules LibraryRules
}

func (s libraryDesk) register(d desk) {
	const one = "/libraries/{code}"
	on(d, post(cards.RoleAdministrator, "create-library", "/libraries", "Ajouter une bibliothèque : la réponse donne sa clé, une seule fois").creating(), s.create)
	on(d, get(cards.RoleOperator, "get-library-settings", one+"/settings", "Les réglages d’une bibliothèque"), s.settings)
	on(d, guarded(patch(cards.RoleAdministrator, "change-library", one+"/settings", "Changer des réglages ; ceux qui ne sont pas nommés restent")), s.change)
	on(d, post(cards.RoleAdministrator, "new-library-key", one+"/key", "Donner une nouvelle clé : l’ancienne meurt aussitôt"), s.newKey)
	on(d, post(cards.RoleOperator, "pause-library", one+"/pause", "Suspendre les échanges : ni moisson, ni envoi, ni fichiers"), s.pause)
	on(d, post(cards.RoleOperator, "resume-library", one+"/resume", "Reprendre les échanges ; ce qui demandait une intervention est réglé"), s.resume)
	on(d, post(cards.RoleAdministrator, "open-library", one+"/open", "Ouvrir une bibliothèque en préparation : elle reçoit ce qui l’attend"), s.open)
	on(d, post(cards.RoleOperator, "harvest-library", one+"/harvest", "Moissonner maintenant"), s.now(cards.JobHarvest))
	on(d, post(cards.RoleOperator, "push-library", one+"/push", "Livrer maintenant ce qui attend"), s.now(cards.JobPush))
	on(d, post(cards.RoleOperator, "clear-attention", one+"/attention/clear", "Noter que ce qui demandait une intervention est réglé"), s.clear)
	on(d, post(cards.RoleAdministrator, "remove-library", one+"/remove", "Retirer une bibliothèque ; la réponse est l’export de ses cartes, en XML").giving(xmlType), s.remove(d))
}

// apiSettings is what may be set of a library, but for the code and the password.
type apiSettings struct {
	Code        string         `json:"code"`
	Name        string         `json:"name"`
	Email       string         `json:"email" doc:"Reçoit les fichiers refusés et les avis"`
	Serves      []string       `json:"serves" doc:"Autres établissements gérés dans la même base"`
	OAIURL      string         `json:"oai_url" doc:"Son serveur OAI-PMH, que le concentrateur moissonne ; vide : aucun"`
	OAISet      string         `json:"oai_set"`
	OAIPrefix   string         `json:"oai_prefix"`
	Harvest     string         `json:"harvest" doc:"Cadence de la moisson : expression cron en UTC, ou @every"`
	PushURL     string         `json:"push_url" doc:"Son service d’intégration, que le concentrateur appelle ; vide : elle vient chercher ses cartes"`
	ILSUser     string         `json:"ils_user" doc:"Compte sur ses serveurs"`
	ILSPassword bool           `json:"ils_password_set" doc:"Un mot de passe est enregistré ; il n’est jamais montré"`
	Widths      map[string]int `json:"widths" doc:"Longueurs auxquelles son logiciel coupe des champs" example:"{\"nom\": 40}"`
	NotHeld     []string       `json:"not_held" doc:"Champs que son logiciel n’a pas"`
	Paused      bool           `json:"paused"`
	Preparing   bool           `json:"preparing" doc:"En préparation : elle donne ses cartes et n’en reçoit pas encore"`
	PauseReason string         `json:"pause_reason,omitempty"`
	CreatedAt   time.Time      `json:"created_at"`
	ChangedAt   time.Time      `json:"changed_at"`
}

// SettingsDocument is the document of one library's settings, for the command line.
func SettingsDocument(l cards.Library) any { return toSettings(&l) }

func toSettings(l *cards.Library) apiSettings {
	s := apiSettings{
		Code: l.Code, Name: l.Name, Email: l.Email, Serves: append([]string{}, l.Serves...), OAIURL: l.OAIURL, OAISet: l.OAISet, OAIPrefix: l.OAIPrefix,
		Harvest: l.Harvest, PushURL: l.PushURL, ILSUser: l.ILSUser, ILSPassword: l.ILSPassword != "", Widths: map[string]int{}, NotHeld: []string{},
		Paused: l.Paused, PauseReason: l.PauseReason.String(), Preparing: l.Preparing, CreatedAt: l.Created.UTC(), ChangedAt: l.Changed.UTC(),
	}
	for field, width := range l.Widths {
		s.Widths[field.String()] = width
	}
	for _, field := range l.NotHeld.Fields() {
		s.NotHeld = append(s.NotHeld, field.String())
	}
	return s
}

// LibraryChanges are the settings that may be given; what is left out stays as it is. It is exported for the reason ListPage is.
type LibraryChanges struct {
	Name        *string         `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Email       *string         `json:"email,omitempty" maxLength:"254"`
	Serves      *[]string       `json:"serves,omitempty" maxItems:"200" doc:"Remplace la liste entière"`
	OAIURL      *string         `json:"oai_url,omitempty" maxLength:"1000"`
	OAISet      *string         `json:"oai_set,omitempty" maxLength:"200"`
	OAIPrefix   *string         `json:"oai_prefix,omitempty" maxLength:"200"`
	Harvest     *string         `json:"harvest,omitempty" maxLength:"200"`
	PushURL     *string         `json:"push_url,omitempty" maxLength:"1000"`
	ILSUser     *string         `json:"ils_user,omitempty" maxLength:"200"`
	ILSPassword *string         `json:"ils_password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Jamais montré ; vide : il est oublié"`
	Widths      *map[string]int `json:"widths,omitempty" doc:"Remplace toutes les longueurs"`
	NotHeld     *[]string       `json:"not_held,omitempty" maxItems:"50" doc:"Remplace la liste entière"`
}

// apply lays what was given over a library.
func (c *LibraryChanges) apply(l *cards.Library) error {
	for _, text := range []struct {
		given *string
		into  *string
	}{
		{c.Name, &l.Name}, {c.Email, &l.Email}, {c.OAIURL, &l.OAIURL}, {c.OAISet, &l.OAISet}, {c.OAIPrefix, &l.OAIPrefix}, {c.Harvest, &l.Harvest},
		{c.PushURL, &l.PushURL}, {c.ILSUser, &l.ILSUser}, {c.ILSPassword, &l.ILSPassword},
	} {
		if text.given != nil {
			*text.into = *text.given
		}
	}
	if c.Serves != nil {
		l.Serves = *c.Serves
	}
	return c.applyFields(l)
}

func (c *LibraryChanges) applyFields(l *cards.Library) error {
	if c.Widths != nil {
		l.Widths = map[cards.Field]int{}
		for name, width := range *c.Widths {
			field, err := cards.ParseField(name)
			if err != nil {
				return err
			}
			l.Widths[field] = width
		}
	}
	if c.NotHeld == nil {
		return nil
	}
	l.NotHeld = 0
	for _, name := range *c.NotHeld {
		field, err := cards.ParseField(name)
		if err != nil {
			return err
		}
		l.NotHeld = l.NotHeld.With(field)
	}
	return nil
}

type newLibrary struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     struct {
		Library apiSettings `json:"library"`
		Key     string      `json:"key" doc:"Sa clé : elle ne sera plus jamais montrée"`
	}
}

type newLibraryWanted struct {
	Body struct {
		Code      string `json:"code" pattern:"^[a-z0-9-]{1,32}$" doc:"Il ne change plus jamais"`
		Preparing bool   `json:"preparing,omitempty" doc:"Elle donne ses cartes et n’en reçoit aucune tant qu’elle n’est pas ouverte"`
		LibraryChanges
	}
}

func (in *newLibraryWanted) subject() string { return cards.SubjectLibrary(in.Body.Code) }

func (s libraryDesk) create(ctx context.Context, in *newLibraryWanted) (*newLibrary, error) {
	l := cards.Library{Code: in.Body.Code, Preparing: in.Body.Preparing}
	if err := in.Body.apply(&l); err != nil {
		return nil, err
	}
	if err := s.rules.Check(&l); err != nil {
		return nil, err
	}
	key := rand.Text()
	added, err := s.store.AddLibrary(ctx, l, key)
	if err != nil {
		return nil, err
	}
	s.rules.Kick()
	out := &newLibrary{Location: apiRoot + "/libraries/" + added.Code + "/settings", ETag: quote(added.Version)}
	out.Body.Library, out.Body.Key = toSettings(added), key
	return out, nil
}

type librarySettings struct {
	ETag string `header:"ETag"`
	Body apiSettings
}

func (s libraryDesk) settings(ctx context.Context, in *LibraryCode) (*librarySettings, error) {
	l, err := s.store.Library(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &librarySettings{ETag: quote(l.Version), Body: toSettings(l)}, nil
}

func (s libraryDesk) change(ctx context.Context, in *struct {
	LibraryCode
	IfMatch string `header:"If-Match" doc:"L’ETag des réglages que vous avez lus ; * pour les changer quels qu’ils soient"`
	Body    LibraryChanges
}) (*librarySettings, error) {
	seen, err := unquote(in.IfMatch)
	if err != nil {
		return nil, err
	}
	l, err := s.store.EditLibrary(ctx, in.Code, seen, func(l *cards.Library) error {
		if err := in.Body.apply(l); err != nil {
			return err
		}
		return s.rules.Check(l)
	})
	if err != nil {
		return nil, err
	}
	s.rules.Kick()
	return &librarySettings{ETag: quote(l.Version), Body: toSettings(l)}, nil
}

type libraryKey struct {
	Body struct {
		Code string `json:"code"`
		Key  string `json:"key" doc:"Elle ne sera plus jamais montrée"`
	}
}

func (s libraryDesk) newKey(ctx context.Context, in *LibraryCode) (*libraryKey, error) {
	l, err := s.store.Library(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &libraryKey{}
	out.Body.Code, out.Body.Key = l.Code, rand.Text()
	return out, s.store.SetLibraryKey(ctx, l.ID, out.Body.Key)
}
