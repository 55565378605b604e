package web

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

//go:embed texts
var textFiles embed.FS

// The languages, the network's first.
var languages = []language.Tag{language.French, language.English}

// texts are the words of the pages.
type texts struct {
	localizers map[string]*i18n.Localizer
	matcher    language.Matcher
	// fixed are the texts nothing is put into, by language and name: a table has each of them once a row.
	fixed sync.Map
}

func loadTexts() (*texts, error) {
	bundle := i18n.NewBundle(languages[0])
	bundle.RegisterUnmarshalFunc("yaml", yaml.Unmarshal)
	t := &texts{localizers: map[string]*i18n.Localizer{}, matcher: language.NewMatcher(languages)}
	for _, tag := range languages {
		if _, err := bundle.LoadMessageFileFS(textFiles, "texts/"+tag.String()+".yaml"); err != nil {
			return nil, fmt.Errorf("texts in %s: %w", tag, err)
		}
		t.localizers[tag.String()] = i18n.NewLocalizer(bundle, tag.String())
	}
	return t, nil
}

func (t *texts) speaks(lang string) bool { return t.localizers[lang] != nil }

// match finds the best language for an Accept-Language header.
func (t *texts) match(accepted string) string {
	_, index := language.MatchStrings(t.matcher, accepted)
	return languages[index].String()
}

// text writes the text of a name; with pairs of a name and a value put in, of which «count» also chooses between one and
// several. A name without a text is a mistake of ours: it is shown as it is, and a test looks for it.
func (t *texts) text(lang, name string, pairs ...any) string {
	key := [2]string{lang, name}
	if len(pairs) == 0 {
		if written, known := t.fixed.Load(key); known {
			return written.(string)
		}
	}
	written, err := t.write(lang, name, pairs)
	if err != nil {
		return name
	}
	written = bound(lang, written)
	if len(pairs) == 0 {
		t.fixed.Store(key, written)
	}
	return written
}

func (t *texts) write(lang, name string, pairs []any) (string, error) {
	if len(pairs)%2 != 0 {
		return "", errors.New("a text is given pairs of a name and a value")
	}
	config := &i18n.LocalizeConfig{MessageID: name}
	data := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key := fmt.Sprint(pairs[i])
		data[key] = pairs[i+1]
		if key == countKey {
			config.PluralCount = pairs[i+1]
			data[key] = formatNumber(lang, pairs[i+1])
		}
	}
	config.TemplateData = data
	written, err := t.localizers[lang].Localize(config)
	if err != nil && config.PluralCount != nil { // one text for all numbers
		config.PluralCount = nil
		return t.localizers[lang].Localize(config)
	}
	return written, err
}

const countKey = "count"

// known writes a text that may not exist: nothing then.
func (t *texts) known(lang, name string) string {
	written, err := t.write(lang, name, nil)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(written)
}
