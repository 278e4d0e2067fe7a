package kubeschema

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	schemaobjectmeta "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"coffee-platform/internal/problem"
)

// customKind is a CustomResourceDefinition, parsed, with its served versions.
type customKind struct {
	namespaced bool
	versions   map[string]func() *versionSchema // compiled at the first call
}

// versionSchema is what an API server makes of one version's schema.
type versionSchema struct {
	structural *structuralschema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator // nil if the schema has none
}

// customKinds holds, for every known definition, the function that reads and
// parses it at its first call.
var customKinds = func() map[schema.GroupKind]func() (*customKind, error) {
	kinds := map[schema.GroupKind]func() (*customKind, error){}
	for groupKind, read := range definitions {
		kinds[groupKind] = sync.OnceValues(func() (*customKind, error) {
			definition, err := read()
			if err != nil {
				return nil, fmt.Errorf("the definition of %s: %w", groupKind, err)
			}
			kind, err := parseDefinition(definition)
			if err != nil {
				return nil, fmt.Errorf("the definition of %s: %w", groupKind, err)
			}
			return kind, nil
		})
	}
	return kinds
}()

// servedCustomKind is the definition of a kind, nil if there is none that serves
// the version. It fails if the definition cannot be had.
func servedCustomKind(gvk schema.GroupVersionKind) (*customKind, error) {
	parse, known := customKinds[gvk.GroupKind()]
	if !known {
		return nil, nil
	}
	kind, err := parse()
	if err != nil {
		return nil, err
	}
	if _, served := kind.versions[gvk.Version]; !served {
		return nil, nil
	}
	return kind, nil
}

func parseDefinition(definition []byte) (*customKind, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(definition, &crd); err != nil {
		return nil, err
	}
	kind := &customKind{
		namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped,
		versions:   map[string]func() *versionSchema{},
	}
	for _, version := range crd.Spec.Versions {
		if version.Served {
			kind.versions[version.Name] = sync.OnceValue(func() *versionSchema {
				compiled, err := compileSchema(version.Schema)
				if err != nil {
					panic(fmt.Sprintf("the schema of %s %s: %v", crd.Name, version.Name, err))
				}
				return compiled
			})
		}
	}
	return kind, nil
}

// internalSchema converts a version's schema to the form the API server's code
// works on.
func internalSchema(schema *apiextensionsv1.CustomResourceValidation) (*apiextensions.JSONSchemaProps, error) {
	if schema == nil || schema.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("there is no schema")
	}
	internal := &apiextensions.JSONSchemaProps{}
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(schema.OpenAPIV3Schema, internal, nil)
	return internal, err
}

func compileSchema(schema *apiextensionsv1.CustomResourceValidation) (*versionSchema, error) {
	internal, err := internalSchema(schema)
	if err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(internal)
	if err != nil {
		return nil, err
	}
	if err := structuralschema.ValidateStructural(nil, structural).ToAggregate(); err != nil {
		return nil, err
	}
	if err := defaulting.PruneDefaults(structural); err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(internal)
	if err != nil {
		return nil, err
	}
	return &versionSchema{
		structural: structural,
		schema:     validator,
		rules:      cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// validate takes the steps of an API server's create request in its order: find
// unknown fields by pruning, apply the schema's defaults, validate. All of it
// happens on a copy; defaults are applied because the server judges the object
// with them (a field may be required and have a default).
func (k *customKind) validate(version string, content map[string]any) problem.List {
	object, err := normalize(content)
	if err != nil {
		return problem.List{{Message: "not representable as JSON: " + err.Error()}}
	}
	compiled := k.versions[version]()

	metadataPath := field.NewPath("metadata")
	var metadata metav1.ObjectMeta
	problems, decoded := decode(object["metadata"], &metadata, metadataPath)
	var errors field.ErrorList
	if decoded {
		errors = validateMetadata(&metadata, k.namespaced, dnsSubdomain)
	}

	tracked := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(object, compiled.structural, true, tracked) {
		problems = append(problems, problem.Problem{Path: path, Message: "unknown field"})
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, compiled.structural)
	defaulting.Default(object, compiled.structural)

	errors = append(errors, validation.ValidateCustomResource(nil, object, compiled.schema)...)
	errors = append(errors, schemaobjectmeta.Validate(nil, object, compiled.structural, false)...)
	errors = append(errors, listtype.ValidateListSetsAndMaps(nil, compiled.structural, object)...)
	if compiled.rules != nil {
		if slices.ContainsFunc(errors, blocksRules) {
			errors = append(errors, field.Invalid(nil, field.OmitValueType{},
				"some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"))
		} else {
			found, _ := compiled.rules.Validate(context.Background(), nil, compiled.structural, object, nil, celconfig.RuntimeCELCostBudget)
			errors = append(errors, found...)
		}
	}
	return append(problems, problemsOf(errors)...)
}

// blocksRules: rules written for valid objects are not run on ones that lack
// fields or have values of another type.
func blocksRules(err *field.Error) bool {
	switch err.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	}
	return false
}

// validateDefinition checks a CustomResourceDefinition that is itself to be created.
func validateDefinition(crd *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	var errors field.ErrorList
	path := field.NewPath("spec")
	if name := crd.Spec.Names.Plural + "." + crd.Spec.Group; crd.Name != name {
		errors = append(errors, field.Invalid(field.NewPath("metadata", "name"), crd.Name, `must be spec.names.plural+"."+spec.group`))
	}
	errors = append(errors, exactlyOneOf(path.Child("scope"), crd.Spec.Scope, apiextensionsv1.ClusterScoped, apiextensionsv1.NamespaceScoped)...)
	stored := 0
	for i, version := range crd.Spec.Versions {
		versionPath := path.Child("versions").Index(i)
		if version.Storage {
			stored++
		}
		schemaPath := versionPath.Child("schema", "openAPIV3Schema")
		internal, err := internalSchema(version.Schema)
		if err != nil {
			errors = append(errors, field.Required(schemaPath, err.Error()))
			continue
		}
		structural, err := structuralschema.NewStructural(internal)
		if err != nil {
			errors = append(errors, field.Invalid(schemaPath, field.OmitValueType{}, err.Error()))
			continue
		}
		errors = append(errors, structuralschema.ValidateStructural(schemaPath, structural)...)
	}
	if stored != 1 {
		errors = append(errors, field.Invalid(path.Child("versions"), field.OmitValueType{}, "must have exactly one version marked as storage version"))
	}
	return errors
}
