package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/inputdiff"
	"coffee-platform/internal/sandbox/standin"
)

// version is that of the provider's SDK.
var version = semver.MustParse("7.40.0")

// Provider is the stand-in.
type Provider struct {
	standin.Base
	cloud *cloud.Cloud

	// instances are the configurations of the provider resources that use the stand-in.
	instances standin.Configurations[instance]
	// creating makes creations one at a time, so that what one looks up is still there when it is kept.
	creating sync.Mutex
}

// instance is the configuration of a provider resource.
type instance struct {
	region, account string
	defaultTags     map[string]string
}

// New makes a stand-in that keeps what it makes in the given cloud.
func New(c *cloud.Cloud) *Provider {
	return &Provider{Base: standin.Base{Version: version}, cloud: c}
}

// DiffConfig replaces the provider, and with it everything it made, when its account or region changes.
func (p *Provider) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return inputdiff.Compare(req.OldInputs, req.NewInputs, []string{"region", "allowedAccountIds"}), nil
}

// Configure keeps the configuration for the connection it came over.
func (p *Provider) Configure(ctx context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	var configured instance
	if region, ok := req.Inputs["region"]; ok && region.IsString() {
		configured.region = region.StringValue()
	}
	var accounts []string
	decodeConfig(req.Inputs["allowedAccountIds"], &accounts)
	if configured.region == "" || len(accounts) == 0 {
		return plugin.ConfigureResponse{}, fmt.Errorf("the AWS provider %s has no region or no account: "+
			"configure one in the program and pass it to what it makes; there are no ambient credentials here", name(req))
	}
	configured.account = accounts[0]
	var tags struct {
		Tags map[string]string `json:"tags"`
	}
	decodeConfig(req.Inputs["defaultTags"], &tags)
	configured.defaultTags = tags.Tags
	p.instances.Set(ctx, configured)
	return plugin.ConfigureResponse{}, nil
}

func name(req plugin.ConfigureRequest) string {
	if req.Name == nil {
		return "default"
	}
	return *req.Name
}

// decodeConfig decodes a value of a provider's configuration, which the engine hands over as JSON text.
func decodeConfig(value resource.PropertyValue, into any) {
	text, err := json.Marshal(value.Mappable())
	if value.IsString() {
		text, err = []byte(value.StringValue()), nil
	}
	if err == nil {
		_ = json.Unmarshal(text, into) // what is not there stays empty, and Configure says so
	}
}

// instance is the configuration of the connection a call came over.
func (p *Provider) instance(ctx context.Context) (instance, error) {
	configured, ok := p.instances.Get(ctx)
	if !ok {
		return instance{}, errors.New("the AWS provider is not configured")
	}
	return configured, nil
}

func find(urn resource.URN) (entry, error) {
	e, ok := catalogue[string(urn.Type())]
	if !ok {
		return entry{}, fmt.Errorf("the sandbox's AWS catalogue has no entry for %s: add one in internal/sandbox/aws, with its sources", urn.Type())
	}
	return e, nil
}

// Check completes the inputs as the provider does (names, default tags) and reports what it, or AWS,
// would refuse.
func (p *Provider) Check(ctx context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	e, err := find(req.URN)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	configured, err := p.instance(ctx)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := req.News.Copy()
	if err := e.nameAutomatically(inputs, req); err != nil {
		return plugin.CheckResponse{}, err
	}
	if slices.Contains(e.schema.Outputs(), "tagsAll") {
		addDefaultTags(inputs, configured.defaultTags)
	}
	failures := e.schema.Check(inputs)
	if e.check != nil {
		c := &checker{inputs: inputs}
		e.check(c)
		failures = append(failures, c.failures...)
	}
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, nil
}

// nameAutomatically gives the resource a name when its inputs have none: the one made for it before, or a
// new one made of the resource's name and seven random digits, as the provider does.
func (e entry) nameAutomatically(inputs resource.PropertyMap, req plugin.CheckRequest) error {
	key := resource.PropertyKey(e.autoName)
	if e.autoName == "" || inputs.HasValue(key) || inputs.HasValue(key+"Prefix") {
		return nil
	}
	if before := req.Olds[key]; madeFor(req.URN, before) {
		inputs[key] = before
		return nil
	}
	longest := e.maxAutoName
	if longest == 0 {
		longest = 63
	}
	name, err := resource.NewUniqueName(req.RandomSeed, req.URN.Name()+"-", 7, longest, nil)
	if err != nil {
		return fmt.Errorf("naming %s: %w", req.URN, err)
	}
	inputs[key] = resource.NewProperty(name)
	return nil
}

// madeFor tells whether a name was made for a resource that was given none.
func madeFor(urn resource.URN, name resource.PropertyValue) bool {
	if !name.IsString() {
		return false
	}
	digits, ofResource := strings.CutPrefix(name.StringValue(), urn.Name()+"-")
	return ofResource && sevenDigits.MatchString(digits)
}

var sevenDigits = regexp.MustCompile(`^[0-9a-f]{7}$`)

// addDefaultTags adds the provider's default tags to those of the resource, which win.
func addDefaultTags(inputs resource.PropertyMap, defaults map[string]string) {
	if len(defaults) == 0 {
		return
	}
	tags := resource.PropertyMap{}
	for key, value := range defaults {
		tags[resource.PropertyKey(key)] = resource.NewProperty(value)
	}
	if own, ok := inputs["tags"]; ok {
		if !own.IsObject() {
			return // not known yet
		}
		maps.Copy(tags, own.ObjectValue())
	}
	inputs["tags"] = resource.NewProperty(tags)
}

// Diff says what changed and whether the resource has to be replaced for it.
func (p *Provider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	e, err := find(req.URN)
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	// The provider's forceNewIfRegionChanges.
	fixed := append(slices.Clone(e.replace), "region")
	if e.replaceWhen != nil {
		fixed = append(fixed, e.replaceWhen(req.OldInputs, req.NewInputs)...)
	}
	result := inputdiff.Compare(req.OldInputs, req.NewInputs, fixed)
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && (e.deleteFirst || e.keepsName(req))
	return result, nil
}

// keepsName tells whether the new object would have the name of the old one, so that the two cannot be
// there at once. One whose name was made for it gets another.
func (e entry) keepsName(req plugin.DiffRequest) bool {
	return slices.ContainsFunc(append([]string{e.autoName}, e.unique...), func(input string) bool {
		before, given := req.OldInputs[resource.PropertyKey(input)]
		return given && before.DeepEquals(req.NewInputs[resource.PropertyKey(input)]) && !madeFor(req.URN, before)
	})
}

// Create makes an object; in a preview, everything that AWS would compute is left unknown.
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	e, err := find(req.URN)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: e.unknownOutputs(req.Properties)}, nil
	}
	p.creating.Lock()
	defer p.creating.Unlock()

	configured, err := p.instance(ctx)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	inputs := standin.Plain(req.Properties)
	if err := p.checkReferences(e, inputs); err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", req.URN.Type(), err)
	}
	c := &creation{instance: configured, cloud: p.cloud, urn: req.URN, inputs: inputs, outputs: maps.Clone(inputs)}
	c.nameFromPrefix(e.autoName)
	if err := e.taken(c); err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", req.URN.Type(), err)
	}
	if e.id != nil {
		c.id = e.id(c)
	} else {
		c.id = c.text(e.autoName)
	}
	object, err := e.finish(c)
	if err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", req.URN.Type(), err)
	}
	if !e.adopted && p.cloud.Get(object.Key()) != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: AlreadyExists: %s is there already", req.URN.Type(), object.ID)
	}
	if e.aside != nil {
		for _, side := range e.aside(c) {
			side.Owner = object.Key()
			if err := p.cloud.Put(side); err != nil {
				return plugin.CreateResponse{}, err
			}
		}
	}
	if err := p.cloud.Put(object); err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{ID: resource.ID(object.ID), Properties: resource.NewPropertyMapFromMap(object.Outputs)}, nil
}

// taken holds names to being one object's.
func (e entry) taken(c *creation) error {
	for _, input := range e.unique {
		value, given := c.outputs[input]
		for _, other := range c.others() {
			if given && other.Outputs[input] == value {
				return fmt.Errorf("AlreadyExists: %s %v is taken by %s", input, value, other.ID)
			}
		}
	}
	return nil
}

// finish makes the object of its inputs, or says why AWS would refuse it.
func (e entry) finish(c *creation) (*cloud.Object, error) {
	object := &cloud.Object{Type: string(c.urn.Type()), ID: c.id, Inputs: c.inputs, Outputs: c.outputs}
	if slices.Contains(e.schema.Outputs(), "tagsAll") {
		c.set("tagsAll", copyOf(c.inputs["tags"]))
	}
	if c.old != nil {
		object.Owner = c.old.Owner
	} else {
		e.begin(c)
	}
	if e.derive != nil {
		e.derive(c)
	}
	for _, r := range e.refusals {
		if c.err == nil && c.given(r.inputs) {
			c.err = r.reason(c)
		}
	}
	// Mocks and engine alike would make an empty text of an output that is missing.
	if broken := e.schema.CheckOutputs(resource.NewPropertyMapFromMap(c.outputs)); len(broken) > 0 && c.err == nil {
		c.err = fmt.Errorf("the sandbox's AWS catalogue breaks a promise of the provider: output %s %s", broken[0].Property, broken[0].Reason)
	}
	return object, c.err
}

// begin sets the outputs that a new object gets for good.
func (e entry) begin(c *creation) {
	c.set("id", c.id)
	if slices.Contains(e.schema.Outputs(), "region") {
		c.setDefault("region", c.instance.region)
	}
	if e.compute != nil {
		e.compute(c)
	}
}

// unknownOutputs are the outputs of a resource that is not there yet: its inputs, and unknowns for
// everything else.
func (e entry) unknownOutputs(inputs resource.PropertyMap) resource.PropertyMap {
	outputs := inputs.Copy()
	for _, name := range e.schema.Outputs() {
		key := resource.PropertyKey(name)
		if _, given := outputs[key]; !given {
			outputs[key] = resource.MakeComputed(resource.NewProperty(""))
		}
	}
	return outputs
}

// checkReferences holds inputs that name other objects to objects that are there.
func (p *Provider) checkReferences(e entry, inputs map[string]any) error {
	for _, r := range e.references {
		for _, value := range lookup(inputs, r.input) {
			if p.cloud.Find(r.typ, r.property, value) == nil {
				return fmt.Errorf("NotFound: %s: there is no %s whose %s is %v", r.input, r.typ, r.property, value)
			}
		}
	}
	return nil
}

// Read reads an object back; one that is gone has no id.
func (p *Provider) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if _, err := find(req.URN); err != nil {
		return plugin.ReadResponse{}, err
	}
	object := p.cloud.Get(cloud.Key{Type: string(req.URN.Type()), ID: string(req.ID)})
	if object == nil {
		return plugin.ReadResponse{}, nil
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{
		ID:      req.ID,
		Inputs:  resource.NewPropertyMapFromMap(object.Inputs),
		Outputs: resource.NewPropertyMapFromMap(object.Outputs),
	}}, nil
}

// Update changes an object in place.
func (p *Provider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	e, err := find(req.URN)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	if req.Preview {
		return plugin.UpdateResponse{Properties: previewUpdate(req.OldOutputs, req.NewInputs)}, nil
	}
	p.creating.Lock()
	defer p.creating.Unlock()
	configured, err := p.instance(ctx)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	old := p.cloud.Get(cloud.Key{Type: string(req.URN.Type()), ID: string(req.ID)})
	if old == nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s: NotFound: there is no %s", req.URN.Type(), req.ID)
	}
	inputs := standin.Plain(req.NewInputs)
	if err := p.checkReferences(e, inputs); err != nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s: %w", req.URN.Type(), err)
	}
	if e.refuseUpdate != nil {
		if reason := e.refuseUpdate(old, inputs); reason != "" {
			return plugin.UpdateResponse{}, fmt.Errorf("updating %s %s: %s", old.Type, old.ID, reason)
		}
	}
	c := &creation{instance: configured, cloud: p.cloud, urn: req.URN, inputs: inputs, outputs: e.mergeOutputs(old, inputs), id: old.ID, old: old}
	if err := e.taken(c); err != nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s %s: %w", old.Type, old.ID, err)
	}
	changed, err := e.finish(c)
	if err != nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s %s: %w", old.Type, old.ID, err)
	}
	if err := p.cloud.Put(changed); err != nil {
		return plugin.UpdateResponse{}, err
	}
	return plugin.UpdateResponse{Properties: resource.NewPropertyMapFromMap(changed.Outputs)}, nil
}

// previewUpdate are the outputs an object would have with new inputs: what was computed stays, also inside
// nested objects.
func previewUpdate(outputs, inputs resource.PropertyMap) resource.PropertyMap {
	updated := outputs.Copy()
	for name, value := range inputs {
		if before, after := bare(outputs[name]), bare(value); after.IsObject() && before.IsObject() && name != "tags" {
			merged := before.ObjectValue().Copy()
			maps.Copy(merged, after.ObjectValue())
			value = resource.NewProperty(merged)
		}
		updated[name] = value
	}
	return updated
}

// bare is a value without the wrapping that says where it comes from.
func bare(value resource.PropertyValue) resource.PropertyValue {
	for value.IsOutput() && value.OutputValue().Known {
		value = value.OutputValue().Element
	}
	return value
}

// mergeOutputs are an object's outputs after its inputs have changed: what was computed stays, also inside
// nested objects, inputs that are gone are gone. An output that the provider always sets is one that AWS
// computes when it is not given, and what AWS has is not changed by giving it no more.
func (e entry) mergeOutputs(old *cloud.Object, inputs map[string]any) map[string]any {
	outputs, always := maps.Clone(old.Outputs), e.schema.AlwaysPresent()
	for name := range old.Inputs {
		if _, still := inputs[name]; !still && !slices.Contains(always, name) {
			delete(outputs, name)
		}
	}
	for name, value := range inputs {
		nested, isObject := value.(map[string]any)
		computed, wasObject := old.Outputs[name].(map[string]any)
		if isObject && wasObject && name != "tags" {
			merged := maps.Clone(computed)
			maps.Copy(merged, nested)
			value = merged
		}
		outputs[name] = value
	}
	return outputs
}

// Delete removes an object, unless AWS would refuse to.
func (p *Provider) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	e, err := find(req.URN)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	key := cloud.Key{Type: string(req.URN.Type()), ID: string(req.ID)}
	object := p.cloud.Get(key)
	if object == nil {
		return plugin.DeleteResponse{}, nil // gone already, which is all that was asked for
	}
	p.creating.Lock()
	defer p.creating.Unlock()
	if holders := referrers(p.cloud, object); len(holders) > 0 {
		code := e.inUse
		if code == "" {
			code = "DependencyViolation"
		}
		return plugin.DeleteResponse{}, fmt.Errorf("deleting %s: %s: %s is in use by %s (%s)", object.Type, code, object.ID, holders[0].ID, holders[0].Type)
	}
	if e.refuseDelete != nil {
		if reason := e.refuseDelete(p.cloud, object); reason != "" {
			return plugin.DeleteResponse{}, fmt.Errorf("deleting %s %s: %s", object.Type, object.ID, reason)
		}
	}
	return plugin.DeleteResponse{}, p.remove(object)
}

// remove takes an object away, and what is part of it.
func (p *Provider) remove(object *cloud.Object) error {
	for _, part := range parts(p.cloud, object) {
		if err := p.remove(part); err != nil {
			return err
		}
	}
	return p.cloud.Delete(object.Key())
}

// Invoke calls a provider function.
func (p *Provider) Invoke(ctx context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	function, ok := functions[string(req.Tok)]
	if !ok {
		return plugin.InvokeResponse{}, fmt.Errorf("the sandbox's AWS catalogue has no function %s: add it in internal/sandbox/aws, with its source", req.Tok)
	}
	configured, err := p.instance(ctx)
	if err != nil {
		return plugin.InvokeResponse{}, err
	}
	return plugin.InvokeResponse{Properties: function(configured)}, nil
}
