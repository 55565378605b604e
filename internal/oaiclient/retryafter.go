package oaiclient

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter is how long the server asks to wait; ok is false when it does not say. A date is read on the server's own
// clock if the answer has a Date, for it may well be wrong.
func retryAfter(h http.Header, now time.Time, longest time.Duration) (wait time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds >= longest.Seconds() {
			return longest, true
		}
		if seconds < 0 || seconds != seconds {
			return 0, false
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if said, err := http.ParseTime(h.Get("Date")); err == nil {
		now = said
	}
	return min(max(at.Sub(now), 0), longest), true
}
