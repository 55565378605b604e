package push

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter caps what a system may ask for: a clock set wrong must not stop
// a library's cards for years.
const maxRetryAfter = time.Hour

// retryAfter reads a Retry-After header, seconds or a date; zero when absent or
// unreadable. A date is on the clock of the system, which tells its own with it
// and may be hours off; now is ours.
func retryAfter(header http.Header, now time.Time) time.Time {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return time.Time{}
	}
	if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
		return now.Add(time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return time.Time{}
	}
	theirs := now
	if said, err := http.ParseTime(header.Get("Date")); err == nil {
		theirs = said
	}
	return now.Add(min(max(at.Sub(theirs), 0), maxRetryAfter))
}
