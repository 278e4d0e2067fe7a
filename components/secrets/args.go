package secrets

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"coffee-platform/internal/problem"
)

// Args describe secrets. All are plain values: they decide what is created.
type Args struct {
	// Keys are keys that are known by their value alone, such as the one that signs tokens, by name.
	Keys map[string]Rotation
	// Roles are credentials of database roles, by name. Each epoch is a role of its own; see RoleName.
	Roles map[string]Rotation
	// Protect makes Pulumi refuse to delete or replace the secrets and their key.
	Protect bool
}

// Rotation says of which days a secret's values are.
type Rotation struct {
	// Epoch is the day the value is of, "2026-11-01".
	Epoch string
	// PreviousEpoch is the day of the value before, which stays; "" ends it.
	PreviousEpoch string
}

// RoleName is the name of a database role of an epoch: "coffee_app_20261101".
func RoleName(role, epoch string) string {
	day, err := time.Parse(time.DateOnly, epoch)
	if err != nil {
		return "" // validated
	}
	return "coffee_" + role + "_" + day.Format("20060102")
}

// secretName: names of secrets become parts of role names and of resource names.
var secretName = regexp.MustCompile(`^[a-z][a-z0-9]{0,29}$`)

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	for kind, rotations := range map[string]map[string]Rotation{"keys": a.Keys, "roles": a.Roles} {
		for _, name := range slices.Sorted(maps.Keys(rotations)) {
			path := kind + "." + name
			if !secretName.MatchString(name) {
				problems.Add(path, "%q is not a name: a lower-case letter, then letters and digits, at most 30", name)
			}
			problems.AddUnder(path, rotations[name].Validate())
		}
	}
	return problems
}

// Validate reports every problem of a rotation; paths are relative to it.
func (r Rotation) Validate() problem.List {
	var problems problem.List
	epoch, err := time.Parse(time.DateOnly, r.Epoch)
	if err != nil {
		problems.Add("epoch", "%q is not a day: write it like 2026-11-01, in quotes", r.Epoch)
	}
	if r.PreviousEpoch == "" {
		return problems
	}
	previous, previousErr := time.Parse(time.DateOnly, r.PreviousEpoch)
	switch {
	case previousErr != nil:
		problems.Add("previousEpoch", "%q is not a day: write it like 2026-11-01, in quotes, or leave it out", r.PreviousEpoch)
	case err == nil && !previous.Before(epoch):
		problems.Add("previousEpoch", "%s is not before epoch %s: it is the day of the value that ends", r.PreviousEpoch, r.Epoch)
	}
	return problems
}
