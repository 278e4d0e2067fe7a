package aws

import "coffee-platform/internal/sandbox/sdkschema"

// Entry is an entry of the catalogue, for tests that hold the catalogue itself to something.
type Entry struct {
	Schema  sdkschema.Resource
	Replace []string
	// Inputs are all inputs the entry names, dotted for nested ones.
	Inputs []string
	// Refers are the inputs that name other objects, with the type and the output they refer to.
	Refers map[string][2]string
}

// EntryOf is the catalogue's entry for a type.
func EntryOf(typ string) Entry {
	e := catalogue[typ]
	entry := Entry{Schema: e.schema, Replace: e.replace, Refers: map[string][2]string{}}
	entry.Inputs = append(append(entry.Inputs, e.replace...), e.unique...)
	if e.autoName != "" {
		entry.Inputs = append(entry.Inputs, e.autoName)
	}
	for _, r := range e.refusals {
		entry.Inputs = append(entry.Inputs, r.inputs...)
	}
	for _, r := range e.references {
		entry.Inputs = append(entry.Inputs, r.input)
		entry.Refers[r.input] = [2]string{r.typ, r.property}
	}
	return entry
}
