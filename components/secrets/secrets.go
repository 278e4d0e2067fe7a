package secrets

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
	"coffee-platform/components/storedsecret"
)

// Secrets are secrets with the key they are encrypted with.
type Secrets struct {
	pulumi.ResourceState

	// ARNs are the secrets', by name.
	ARNs pulumi.StringMapOutput `pulumi:"arns"`
	// KeyARN is the key they are encrypted with: who reads them has to decrypt with it.
	KeyARN pulumi.StringOutput `pulumi:"keyArn"`
	// Stored are the secrets by name; each is known once its value can be read.
	Stored map[string]Stored
}

// Stored is a secret whose value can be read.
type Stored struct {
	// ARN is the secret's.
	ARN pulumi.StringOutput
	// Version changes with the value: what carries it is rolled out anew with the secret.
	Version pulumi.StringOutput
}

// New creates secrets. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Secrets, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("secrets %q: %w", name, err)
	}
	s := &Secrets{Stored: map[string]Stored{}}
	if err := ctx.RegisterComponentResource("coffee:secrets:Secrets", name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering secrets %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(s)}
	if err := b.build(s); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"arns": s.ARNs, "keyArn": s.KeyARN})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	key    *kms.Key
}

func (b *builder) build(s *Secrets) error {
	var err error
	b.key, err = encryption.NewKey(b.ctx, b.name, &encryption.Args{
		Description: fmt.Sprintf("Secrets %s of the product", b.name),
		Protect:     b.args.Protect,
	}, b.parent)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(b.args.Keys)) {
		rotation := b.args.Keys[name]
		values, err := b.generate(name, rotation)
		if err != nil {
			return err
		}
		if s.Stored[name], err = b.store(name, "Key "+name, rotation, values); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.args.Roles)) {
		rotation := b.args.Roles[name]
		values, err := b.generate(name, rotation)
		if err != nil {
			return err
		}
		credentials := pulumi.StringMap{
			"username": pulumi.String(RoleName(name, rotation.Epoch)),
			"password": values["current"],
		}
		if s.Stored[name], err = b.store(name, "Database role "+name, rotation, credentials); err != nil {
			return err
		}
	}
	arns := pulumi.StringMap{}
	for name, stored := range s.Stored {
		arns[name] = stored.ARN
	}
	s.ARNs = arns.ToStringMapOutput()
	s.KeyARN = b.key.Arn
	return nil
}

// generate makes a secret's values. Each is named after its epoch, so that a value is the same one when it
// goes from being the current to being the previous.
func (b *builder) generate(name string, rotation Rotation) (pulumi.StringMap, error) {
	values := pulumi.StringMap{}
	for which, epoch := range map[string]string{"current": rotation.Epoch, "previous": rotation.PreviousEpoch} {
		if epoch == "" {
			continue
		}
		resource := fmt.Sprintf("%s-%s-%s", b.name, name, epoch)
		value, err := storedsecret.Generate(b.ctx, resource, nil, b.parent)
		if err != nil {
			return nil, err
		}
		values[which] = value
	}
	return values, nil
}

// store keeps values in a secret.
func (b *builder) store(name, description string, rotation Rotation, values pulumi.StringMap) (Stored, error) {
	version, err := storedsecret.New(b.ctx, b.name+"-"+name, &storedsecret.Args{
		Description: description,
		Epoch:       rotation.Epoch,
		Protect:     b.args.Protect,
		KeyARN:      b.key.Arn,
		Values:      values,
	}, b.parent)
	if err != nil {
		return Stored{}, err
	}
	return Stored{ARN: version.SecretArn, Version: version.VersionId}, nil
}
