package oaiserver

import (
	"context"

	"github.com/carte-reseau/hub/internal/oai"
)

// sampleID stands in Identify for the opaque part of an identifier.
const sampleID = "0123456789abcdef"

func (d *Door) identify(ctx context.Context, c *call) (*answer, error) {
	earliest, err := d.store.EarliestStamp(ctx)
	if err != nil {
		return nil, err
	}
	identity := oai.Identity{
		RepositoryName:   d.opt.Name,
		AdminEmails:      []string{d.opt.AdminEmail},
		Earliest:         earliest,
		DeletedRecord:    "no", // expired cards leave the sets without a trace: the user's rule
		Granularity:      oai.Second,
		Compressions:     []string{"gzip"},
		Domain:           d.opt.Domain,
		SampleIdentifier: oai.Identifier(d.opt.Domain, sampleID),
	}
	return c.answered(func(w *oai.Writer) { w.Identify(identity) }), nil
}

// listFormats never has to answer noMetadataFormats: every card there is can
// be had in the one format, and one that is not there has no identifier.
func (d *Door) listFormats(ctx context.Context, c *call) (*answer, error) {
	if c.Identifier != "" {
		if _, err := d.find(ctx, c); err != nil {
			return nil, err
		}
	}
	return c.answered(func(w *oai.Writer) {
		w.Formats(oai.Format{Prefix: prefix, Schema: d.schema, Namespace: namespace})
	}), nil
}

// listSets shows a library its own set only: one, so there is never a token.
func (d *Door) listSets(c *call) (*answer, error) {
	if c.ResumptionToken != "" {
		return nil, oai.Errorf(oai.BadResumptionToken, "La liste des ensembles tient en une page : aucun resumptionToken n’y est valable.")
	}
	set := oai.Set{Spec: c.library.Code, Name: c.library.Name}
	return c.answered(func(w *oai.Writer) { w.Sets(set) }), nil
}

// checkPrefix says whether cards can be had in the format asked for.
func checkPrefix(asked string) error {
	if asked == prefix {
		return nil
	}
	return oai.Errorf(oai.CannotDisseminateFormat, "Le format « %.40s » n’existe pas ici ; le seul format est « %s ».", asked, prefix)
}
