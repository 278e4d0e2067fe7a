package random

import (
	"context"
	"fmt"
	"maps"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi-random/sdk/v4/go/random"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/inputdiff"
	"coffee-platform/internal/sandbox/sdkschema"
	"coffee-platform/internal/sandbox/standin"
)

// version is that of the provider's SDK.
var version = semver.MustParse("4.16.0")

const tokenPassword = "random:index/randomPassword:RandomPassword"

// id is the id of every password: there is nothing to look up by it.
const id = "none"

var passwordSchema = sdkschema.Of(random.RandomPasswordArgs{}, random.RandomPassword{})

// Provider is the stand-in.
type Provider struct {
	standin.Base
	cloud *cloud.Cloud
}

// New makes a stand-in that remembers in the given cloud how many passwords it has made.
func New(c *cloud.Cloud) *Provider {
	return &Provider{Base: standin.Base{Version: version}, cloud: c}
}

func find(urn resource.URN) error {
	if urn.Type() != tokenPassword {
		return fmt.Errorf("the sandbox's catalogue of the random provider has no entry for %s: add one in internal/sandbox/random", urn.Type())
	}
	return nil
}

// Check reports what the provider would refuse.
func (p *Provider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	if err := find(req.URN); err != nil {
		return plugin.CheckResponse{}, err
	}
	failures := passwordSchema.Check(req.News)
	if len(failures) == 0 && !req.News.ContainsUnknowns() {
		failures = append(failures, readRecipe(req.News).check()...)
	}
	return plugin.CheckResponse{Properties: req.News, Failures: failures}, nil
}

// Diff replaces a password for every change of its inputs, keepers above all
// (https://github.com/hashicorp/terraform-provider-random/blob/main/internal/provider/resource_password.go).
func (p *Provider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	if err := find(req.URN); err != nil {
		return plugin.DiffResponse{}, err
	}
	var every []string
	for _, inputs := range []resource.PropertyMap{req.OldInputs, req.NewInputs} {
		for key := range inputs {
			every = append(every, string(key))
		}
	}
	return inputdiff.Compare(req.OldInputs, req.NewInputs, every), nil
}

// Create makes a password; in a preview, it is left unknown.
func (p *Provider) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	if err := find(req.URN); err != nil {
		return plugin.CreateResponse{}, err
	}
	recipe := readRecipe(req.Properties)
	outputs := req.Properties.Copy()
	maps.Copy(outputs, recipe.outputs())
	if req.Preview {
		outputs["result"] = resource.MakeComputed(resource.NewProperty(""))
		outputs["bcryptHash"] = resource.MakeComputed(resource.NewProperty(""))
		return plugin.CreateResponse{Properties: outputs}, nil
	}
	seed, err := p.cloud.Token(string(req.URN)+" password", 64)
	if err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", req.URN.Type(), err)
	}
	password := recipe.cook(seed)
	outputs["result"] = resource.NewProperty(password)
	// Of the right shape, and the hash of nothing.
	outputs["bcryptHash"] = resource.NewProperty("$2a$10$" + seed[:53])
	return plugin.CreateResponse{ID: id, Properties: outputs}, nil
}

// Read says that a password is as the state has it.
func (p *Provider) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if err := find(req.URN); err != nil {
		return plugin.ReadResponse{}, err
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State}}, nil
}

// Delete has nothing to delete.
func (p *Provider) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	return plugin.DeleteResponse{}, find(req.URN)
}
