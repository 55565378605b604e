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
// unreadable.
func retryAfter(header string, now time.Time) time.Time {
	header = strings.TrimSpace(header)
	if header == "" {
		return time.Time{}
	}
	if seconds, err := strconv.ParseUint(header, 10, 63); err == nil {
		return now.Add(time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second)
	}
	at, err := http.ParseTime(header)
	switch {
	case err != nil:
		return time.Time{}
	case at.Before(now):
		return now
	case at.After(now.Add(maxRetryAfter)):
		return now.Add(maxRetryAfter)
	}
	return at
}
