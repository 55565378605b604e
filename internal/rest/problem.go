package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// titles are the short names of the statuses the JSON interface answers with.
var titles = map[int]string{
	http.StatusBadRequest:            "Demande incorrecte",
	http.StatusUnauthorized:          "Identification requise",
	http.StatusForbidden:             "Accès refusé",
	http.StatusNotFound:              "Introuvable",
	http.StatusMethodNotAllowed:      "Méthode refusée",
	http.StatusRequestTimeout:        "Demande interrompue",
	http.StatusConflict:              "Décision impossible en l’état",
	http.StatusPreconditionFailed:    "Modifié entre-temps",
	http.StatusPreconditionRequired:  "Condition attendue",
	http.StatusRequestEntityTooLarge: "Demande trop grande",
	http.StatusUnsupportedMediaType:  "Format refusé",
	http.StatusUnprocessableEntity:   "Paramètre refusé",
	http.StatusTooManyRequests:       "Trop de tentatives",
	http.StatusServiceUnavailable:    "Momentanément indisponible",
	http.StatusInternalServerError:   "Erreur interne",
}

// details are the words for what huma itself finds wrong with a request.
var details = map[int]string{
	http.StatusBadRequest:            "Le corps de la demande manque ou n’est pas du JSON bien formé.",
	http.StatusRequestTimeout:        "Le corps de la demande a cessé d’arriver ; rien n’a été fait.",
	http.StatusRequestEntityTooLarge: "Le corps de la demande dépasse la taille acceptée ; rien n’a été fait.",
	http.StatusUnsupportedMediaType:  "Content-Type : « application/json » est attendu.",
	http.StatusUnprocessableEntity: "Un paramètre ou un membre de la demande n’est pas accepté ; " + apiRoot +
		"/openapi.json dit lesquels le sont.",
}

// inFrench gives huma's own errors, which are in English, the words of the hub. The parameter at fault keeps its name, not its
// value: that may be a card number.
func inFrench(_ huma.Context, _ string, v any) (any, error) {
	model, itsOwn := v.(*huma.ErrorModel)
	if !itsOwn {
		return v, nil
	}
	model.Title, model.Detail = titles[model.Status], details[model.Status]
	if model.Title == "" {
		model.Title = titles[http.StatusInternalServerError]
	}
	if model.Detail == "" {
		model.Detail = "La demande n’a pas pu être traitée ; rien n’a été fait."
	}
	for _, fault := range model.Errors {
		name, missing := missingMember(fault.Message)
		fault.Message, fault.Value = "membre ou paramètre inconnu, absent, ou valeur refusée", nil
		if missing {
			fault.Message, fault.Location = "membre obligatoire absent", fault.Location+"."+name
		}
	}
	return model, nil
}

// missingMember finds the name of a member that is a must: huma tells it in the sentence alone.
func missingMember(message string) (name string, missing bool) {
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	name, begins := strings.CutPrefix(message, before)
	name, ends := strings.CutSuffix(name, after)
	return name, begins && ends
}

// writeProblem answers with a problem document (RFC 9457).
func writeProblem(c echo.Context, status int, header http.Header, detail string) error {
	maps.Copy(c.Response().Header(), header)
	body, err := json.Marshal(huma.ErrorModel{Title: titles[status], Status: status, Detail: detail})
	if err != nil {
		return err
	}
	return c.Blob(status, "application/problem+json", body)
}

// problem answers every request with one status.
func problem(status int) echo.HandlerFunc {
	return func(c echo.Context) error {
		return writeProblem(c, status, nil, "Aucune ressource de l’interface ne répond à cette adresse ou à cette méthode.")
	}
}

// registerOpenAPI serves the description of the interface, rendered once.
func registerOpenAPI(e *echo.Echo, api huma.API) {
	document := sync.OnceValues(func() ([]byte, error) { return json.Marshal(api.OpenAPI()) })
	e.Match(reading, apiRoot+"/openapi.json", func(c echo.Context) error {
		body, err := document()
		if err != nil {
			return writeProblem(c, http.StatusInternalServerError, nil, cards.MessageOf(err))
		}
		return c.Blob(http.StatusOK, "application/openapi+json", body)
	})
}
