package rest

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// apiRoot is where the JSON interface begins.
const apiRoot = "/api/v1"

// apiRoutes is the JSON interface staff read the network's state from and decide in.
type apiRoutes struct {
	signIn    signIn
	audit     Audit
	subjects  []Subject
	passwords *cards.PasswordLine
	version   string
	log       *slog.Logger
}

func (r apiRoutes) register(e *echo.Echo) {
	config := r.config()
	api := huma.NewAPI(config, headToo{humaecho.New(e, config).Adapter()}) // the adapter is not to be had alone
	d := desk{api: api, audit: r.audit, passwords: r.passwords, log: r.log}
	api.UseMiddleware(d.requireStaff(r.signIn))
	for _, s := range r.subjects {
		s.register(d)
	}
	tellNulls(api.OpenAPI().Components.Schemas)
	registerOpenAPI(e, api)
	registerDocs(e, api)
	e.Any(apiRoot, problem(http.StatusNotFound))
	e.Any(apiRoot+"/*", problem(http.StatusNotFound))
}

// headToo has every GET answer HEAD too. It is no operation of its own: the description does not name it.
type headToo struct{ huma.Adapter }

// Handle joins an operation to its address.
func (a headToo) Handle(op *huma.Operation, handle func(huma.Context)) {
	a.Adapter.Handle(op, handle)
	if op.Method != http.MethodGet {
		return
	}
	head := *op
	head.Method = http.MethodHead
	a.Adapter.Handle(&head, handle)
}

func (r apiRoutes) config() huma.Config {
	config := huma.DefaultConfig("Carte réseau", r.version)
	config.Info.Description = "L’état du réseau de cartes et ce que le personnel y décide."
	// The built-in pages fetch scripts from elsewhere, and the built-in document is written without a lock.
	config.DocsPath, config.OpenAPIPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // $schema links to a path that is not served
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{inFrench}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "Clé personnelle, faite sur la page de son compte ou par « hub user »"},
	}
	return config
}
