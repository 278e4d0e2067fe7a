package kubeschema

import "testing"

func BenchmarkValidate(b *testing.B) {
	for name, text := range map[string]string{"Deployment": deployment, "Service": service, "NodePool": nodePool, "NodeClass": nodeClass} {
		b.Run(name, func(b *testing.B) {
			object := parse(b, text)
			Validate(object) // compiles the schema
			b.ReportAllocs()
			for b.Loop() {
				if problems := Validate(object); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
		})
	}
}

// BenchmarkCompile is what the first object of a kind costs on top.
func BenchmarkCompile(b *testing.B) {
	for groupKind, read := range definitions {
		b.Run(groupKind.Kind, func(b *testing.B) {
			text, err := read()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				kind, err := parseDefinition(text)
				if err != nil {
					b.Fatal(err)
				}
				for _, compile := range kind.versions {
					compile()
				}
			}
		})
	}
}
