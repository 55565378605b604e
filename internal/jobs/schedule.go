package jobs

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/carte-reseau/hub/internal/cards"
)

// maxExpression bounds what is handed to the cron parser; the longest useful
// expression is far shorter.
const maxExpression = 200

// Schedule tells when a job runs next.
type Schedule struct{ plan cron.Schedule }

// Next returns the first moment after t, in UTC.
func (s Schedule) Next(t time.Time) time.Time { return s.plan.Next(t.UTC()) }

// ParseSchedule reads a standard cron expression of five fields, a descriptor
// such as @daily, or @every with a duration of at least a second. Times are
// UTC: local times would be skipped or doubled when summer time begins or
// ends, so a time zone in the expression is refused.
func ParseSchedule(expression string) (Schedule, error) {
	expression = strings.TrimSpace(expression)
	if expression == "" || len(expression) > maxExpression {
		return Schedule{}, badSchedule(expression, cards.Say("une expression cron de cinq champs (« 0 3 * * * ») ou « @every 15m » est attendue"))
	}
	// robfig/cron panics on a zone without fields behind it, so the refusal
	// comes before it looks.
	if strings.HasPrefix(expression, "TZ=") || strings.HasPrefix(expression, "CRON_TZ=") {
		return Schedule{}, badSchedule(expression, cards.Say("les heures sont toujours en UTC, retirez le fuseau horaire"))
	}
	if err := checkEvery(expression); err != nil {
		return Schedule{}, err
	}
	plan, err := cron.ParseStandard(expression)
	if err != nil {
		return Schedule{}, cards.WrapError(cards.Invalid, err,
			"planification « %s » illisible : une expression cron de cinq champs (« 0 3 * * * ») ou « @every 15m » est attendue", expression)
	}
	// cron gives up after five years: the 30th of February never comes.
	if plan.Next(time.Now().UTC()).IsZero() {
		return Schedule{}, badSchedule(expression, cards.Say("cette date n’arrive jamais"))
	}
	return Schedule{plan: plan}, nil
}

// checkEvery refuses the durations cron silently rounds up to a second.
func checkEvery(expression string) error {
	text, found := strings.CutPrefix(expression, "@every ")
	if !found {
		return nil
	}
	if d, err := time.ParseDuration(text); err == nil && d < time.Second {
		return badSchedule(expression, cards.Say("une seconde au moins est attendue"))
	}
	return nil
}

func badSchedule(expression string, reason cards.Sentence) error {
	if len(expression) > maxExpression {
		expression = strings.ToValidUTF8(expression[:maxExpression], "") + "…"
	}
	return cards.Errorf(cards.Invalid, "planification « %s » : %s", expression, reason)
}
