package kubeschema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"coffee-platform/internal/problem"
)

// Validate reports everything for which an API server would refuse to create
// object, a whole Kubernetes object as JSON-like Go values, ordered by path; no
// problem means that it would be accepted as far as the package comment says
// this package looks. Whole numbers may be float64, as they are in gRPC
// structs. The object is not changed, and nothing is defaulted into it.
func Validate(object map[string]any) problem.List {
	gvk, problems := identify(object)
	if len(problems) > 0 {
		return problems
	}
	if kind, known := builtinKinds[gvk]; known {
		problems = kind.validate(gvk, object)
	} else if kind, err := servedCustomKind(gvk); err != nil {
		problems = problem.List{{Path: "kind", Message: err.Error()}}
	} else if kind != nil {
		problems = kind.validate(gvk.Version, object)
	} else {
		problems = problem.List{unknownKind(gvk)}
	}
	slices.SortStableFunc(problems, func(a, b problem.Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return problems
}

// Scope reports whether objects of a kind live in a namespace. A kind that is
// not known has no scope.
func Scope(apiVersion, kind string) (namespaced, known bool) {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return false, false
	}
	gvk := group.WithKind(kind)
	if builtin, known := builtinKinds[gvk]; known {
		return builtin.namespaced, true
	}
	custom, err := servedCustomKind(gvk)
	if err != nil || custom == nil {
		return false, false // a definition that cannot be had is what Validate reports
	}
	return custom.namespaced, true
}

// identify reads the two fields without which nothing else can be judged.
func identify(object map[string]any) (schema.GroupVersionKind, problem.List) {
	var problems problem.List
	text := func(name string) string {
		value, isString := object[name].(string)
		switch {
		case object[name] == nil || isString && value == "":
			problems = append(problems, problem.Problem{Path: name, Message: "Required value"})
		case !isString:
			problems = append(problems, problem.Problem{Path: name, Message: "expected a string, found " + describe(object[name])})
		}
		return value
	}
	apiVersion, kind := text("apiVersion"), text("kind")
	if len(problems) > 0 {
		return schema.GroupVersionKind{}, problems
	}
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return schema.GroupVersionKind{}, problem.List{{Path: "apiVersion", Message: err.Error()}}
	}
	return group.WithKind(kind), nil
}

// unknownKind names what is known, narrowed to the kinds a person may have
// meant: the same kind in another version, or the other kinds of the version.
func unknownKind(gvk schema.GroupVersionKind) problem.Problem {
	var sameKind, sameVersion, versions []string
	add := func(known schema.GroupVersionKind) {
		apiVersion := known.GroupVersion().String()
		if known.Kind == gvk.Kind {
			sameKind = append(sameKind, apiVersion)
		}
		if known.GroupVersion() == gvk.GroupVersion() {
			sameVersion = append(sameVersion, known.Kind)
		}
		versions = append(versions, apiVersion)
	}
	for known := range builtinKinds {
		add(known)
	}
	for groupKind, parse := range customKinds {
		kind, err := parse()
		if err != nil {
			continue // not served as long as it cannot be had
		}
		for version := range kind.versions {
			add(groupKind.WithVersion(version))
		}
	}
	list := func(words []string) string {
		slices.Sort(words)
		return strings.Join(slices.Compact(words), ", ")
	}
	known := "known are the kinds of " + list(versions)
	switch {
	case len(sameKind) > 0:
		known = gvk.Kind + " is known in " + list(sameKind)
	case len(sameVersion) > 0:
		known = "known in " + gvk.GroupVersion().String() + " are " + list(sameVersion)
	}
	return problem.Problem{
		Path:    "kind",
		Message: fmt.Sprintf("no kind %q in %q; %s", gvk.Kind, gvk.GroupVersion(), known),
	}
}

func problemsOf(errors field.ErrorList) problem.List {
	problems := make(problem.List, 0, len(errors))
	for _, err := range errors {
		path := err.Field
		if path == "<nil>" { // how the field package prints the path of the whole object
			path = ""
		}
		problems = append(problems, problem.Problem{Path: path, Message: err.ErrorBody()})
	}
	return problems
}
