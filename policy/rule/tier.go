package rule

// Tier is what an environment is for. The zero Tier is prod: whatever does not say what
// it is for, as what all environments share does not, is held to everything.
type Tier int

// The tiers, the strictest first.
const (
	Prod Tier = iota
	Staging
	Dev
)

// String is the tier's name in a stack's configuration.
func (t Tier) String() string { return [...]string{"prod", "staging", "dev"}[t] }

// TierNamed returns the tier that a stack's configuration names.
func TierNamed(name string) Tier {
	switch name {
	case "dev":
		return Dev
	case "staging":
		return Staging
	}
	return Prod
}
