package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ofComponent finds in a URN which component a resource belongs to.
var ofComponent = regexp.MustCompile(`::coffee:([a-z]+):`)

// howToUnprotect says what lifts the protection of resources, given by URN, beside that of components whose protection is
// lifted already.
func howToUnprotect(stack string, unprotected, protected []string) string {
	names := map[string]bool{}
	for _, name := range unprotected {
		names[name] = true
	}
	for _, urn := range protected {
		if found := ofComponent.FindStringSubmatch(urn); found != nil {
			names[found[1]] = true
		}
	}
	advice := fmt.Sprintf(`To take %s down all the same, set in Pulumi.%s.yaml

  coffee-platform:unprotected: [%s]

then deploy (make sandbox-up STACK=%s), which lifts the protection, and destroy again.`,
		stack, stack, strings.Join(slices.Sorted(maps.Keys(names)), ", "), stack)
	more := map[string][]string{
		"deletionProtection: false": {"cluster", "postgres", "edge"},
		"forceDestroy: true":        {"media", "edge", "backup"},
		"lockDays: 0":               {"backup"},
	}
	var settings []string
	for _, setting := range slices.Sorted(maps.Keys(more)) {
		under := slices.DeleteFunc(more[setting], func(component string) bool { return !names[component] })
		if len(under) > 0 {
			settings = append(settings, fmt.Sprintf("  %s under %s", setting, strings.Join(under, ", ")))
		}
	}
	if len(settings) == 0 {
		return advice
	}
	return advice + "\nAWS refuses too, where it was told to or something still holds data; in the same deployment, where they are not so already:\n\n" +
		strings.Join(settings, "\n")
}
