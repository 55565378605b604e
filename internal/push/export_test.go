package push

// RetryAfter is the reading of the header alone, for fuzzing.
var RetryAfter = retryAfter
