package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/carte-reseau/hub/internal/cards"
)

// titles are the short names of the statuses the JSON interface answers with.
var titles = map[int]string{
	http.StatusBadRequest:          "Demande incorrecte",
	http.StatusUnauthorized:        "Identification requise",
	http.StatusForbidden:           "Accès refusé",
	http.StatusNotFound:            "Introuvable",
	http.StatusMethodNotAllowed:    "Méthode refusée",
	http.StatusUnprocessableEntity: "Paramètre refusé",
	http.StatusTooManyRequests:     "Trop de tentatives",
	http.StatusServiceUnavailable:  "Momentanément indisponible",
	http.StatusInternalServerError: "Erreur interne",
}

// inFrench gives huma's own errors, which are in English, the words of the hub. The parameter at fault keeps its name.
func inFrench(_ huma.Context, _ string, v any) (any, error) {
	model, isProblem := v.(*huma.ErrorModel)
	if !isProblem {
		return v, nil
	}
	if title, known := titles[model.Status]; known {
		model.Title = title
	}
	if model.Status == http.StatusUnprocessableEntity {
		model.Detail = "Un paramètre de la demande n’est pas accepté ; " + apiRoot + "/openapi.json dit lesquels le sont."
		for _, detail := range model.Errors {
			detail.Message = "paramètre inconnu ou valeur refusée"
		}
	}
	return model, nil
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
	e.GET(apiRoot+"/openapi.json", func(c echo.Context) error {
		body, err := document()
		if err != nil {
			return writeProblem(c, http.StatusInternalServerError, nil, cards.MessageOf(err))
		}
		return c.Blob(http.StatusOK, "application/openapi+json", body)
	})
}
