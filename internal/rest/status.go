package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/carte-reseau/hub/internal/cards"
)

// retryAfter is what a client is told to wait, in seconds, when the hub cannot serve it now.
const retryAfter = "30"

// statusOf translates an error's code to HTTP, here and nowhere else.
func statusOf(err error) int {
	if errors.Is(err, errSlow) {
		return http.StatusRequestTimeout
	}
	if errors.Is(err, errNoCondition) {
		return http.StatusPreconditionRequired
	}
	if errors.Is(err, errMiscounted) || errors.Is(err, cards.ErrNobodysCard) {
		return http.StatusUnprocessableEntity
	}
	switch cards.CodeOf(err) {
	case cards.Invalid:
		return http.StatusBadRequest
	case cards.NotFound:
		return http.StatusNotFound
	case cards.Unauthorized:
		return http.StatusUnauthorized
	case cards.Forbidden:
		return http.StatusForbidden
	case cards.Conflict:
		return http.StatusConflict
	case cards.Changed:
		return http.StatusPreconditionFailed
	case cards.TooLarge:
		return http.StatusRequestEntityTooLarge
	case cards.Unavailable:
		return http.StatusServiceUnavailable
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return http.StatusServiceUnavailable // the hub is stopping, or its database too slow: both pass
	}
	return http.StatusInternalServerError
}
