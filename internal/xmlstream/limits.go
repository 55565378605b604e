package xmlstream

// Limits bounds what one token may cost. A zero field takes its default.
type Limits struct {
	Depth     int // elements within one another (64)
	Name      int // bytes of a qualified name (256)
	Attrs     int // attributes of one element, namespace declarations included (32)
	AttrValue int // bytes of one attribute's value (4 KiB)
	Text      int // bytes kept of one run of text (64 KiB); the rest is checked and dropped
	Spaces    int // declarations of namespaces in scope at once (256)
}

func (l Limits) orDefaults() Limits {
	return Limits{
		Depth:     orDefault(l.Depth, 64),
		Name:      orDefault(l.Name, 256),
		Attrs:     orDefault(l.Attrs, 32),
		AttrValue: orDefault(l.AttrValue, 4<<10),
		Text:      orDefault(l.Text, 64<<10),
		Spaces:    orDefault(l.Spaces, 256),
	}
}

// tag is the longest tag that can be needed within the other limits; it bounds white space and references too.
func (l Limits) tag() int {
	return l.Name + 16 + l.Attrs*(l.Name+l.AttrValue+16)
}

func orDefault(value, otherwise int) int {
	if value <= 0 {
		return otherwise
	}
	return value
}
