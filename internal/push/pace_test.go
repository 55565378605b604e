package push_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/push"
)

// sizesSent pushes 100 cards in documents of 10 to 40 and lists how many each
// held. The answer may refuse one by its size.
func sizesSent(t *testing.T, answer func(cards int) int) []int {
	t.Helper()
	var mu sync.Mutex
	var sizes []int
	b := withHandler(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		n := bytes.Count(body, []byte("<carte "))
		mu.Lock()
		sizes = append(sizes, n)
		mu.Unlock()
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(answer(n))
		_, _ = fmt.Fprintf(w, `<rapport xmlns="urn:carte-reseau:1" etablissement="monnaie" date="2026-11-21T08:31:00Z" statut="integre" `+
			`recues="%d" creees="%d" modifiees="0" inchangees="0" rejetees="0"/>`, n, n)
	}, func(o *push.Options) { o.BatchCards, o.MaxBatchCards, o.Timeout = 10, 40, 2*time.Second })
	b.give(1, 100)
	b.mustPush()
	b.settled(0, 0)
	mu.Lock()
	defer mu.Unlock()
	return sizes
}

func TestDocumentsGrowForASystemThatAnswersSoon(t *testing.T) {
	sizes := sizesSent(t, func(int) int { return http.StatusOK })
	if want := []int{10, 20, 40, 30}; !slices.Equal(sizes, want) {
		t.Errorf("documents of %v cards, want %v", sizes, want)
	}
}

func TestDocumentsStaySmallForASlowSystem(t *testing.T) {
	sizes := sizesSent(t, func(int) int {
		const slow = 120 * time.Millisecond // more than a twentieth of the timeout
		time.Sleep(slow)
		return http.StatusOK
	})
	if slices.Max(sizes) != 10 {
		t.Errorf("documents of %v cards", sizes)
	}
}

// A system that takes no more than so much is asked once in a run, not again
// and again.
func TestDocumentsGrowNoMoreOnceOneWasRefused(t *testing.T) {
	const most = 25
	sizes := sizesSent(t, func(cards int) int {
		if cards > most {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusOK
	})
	if want := []int{10, 20, 40, 20, 20, 10, 10, 10}; !slices.Equal(sizes, want) {
		t.Errorf("documents of %v cards, want %v", sizes, want)
	}
}
