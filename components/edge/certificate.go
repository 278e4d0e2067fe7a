package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// validationTTLSeconds is how long others remember the record that proves whose the name is: it never
	// changes, and a mistake in it should not last.
	validationTTLSeconds = 300

	// issueTimeout is how long a certificate may take to be issued. Within it are usually minutes; a zone whose
	// name servers nobody asks keeps it waiting for ever.
	issueTimeout = "30m"
)

// createCertificate has ACM issue a certificate for the domain. What takes it from here waits until it is issued;
// ACM renews it by itself as long as the record is there
// (https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html).
func (b *builder) createCertificate() (*acm.CertificateValidation, error) {
	certificate, err := acm.NewCertificate(b.ctx, b.name, &acm.CertificateArgs{
		DomainName:       pulumi.String(b.args.Domain),
		ValidationMethod: pulumi.String("DNS"),
		Tags:             b.nameTag(b.name),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating certificate %q: %w", b.name, err)
	}
	option := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	name := b.name + "-validation"
	record, err := route53.NewRecord(b.ctx, name, &route53.RecordArgs{
		ZoneId:  pulumi.String(b.args.ZoneID),
		Name:    option.ResourceRecordName().Elem(),
		Type:    option.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(validationTTLSeconds),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating record %q: %w", name, err)
	}
	issued, err := acm.NewCertificateValidation(b.ctx, b.name, &acm.CertificateValidationArgs{
		CertificateArn:        certificate.Arn,
		ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, b.parent, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: issueTimeout}))
	if err != nil {
		return nil, fmt.Errorf("waiting for certificate %q: %w", b.name, err)
	}
	return issued, nil
}

// nameLoadBalancer has the domain lead to the load balancer.
func (b *builder) nameLoadBalancer(balancer *lb.LoadBalancer) error {
	_, err := route53.NewRecord(b.ctx, b.name, &route53.RecordArgs{
		ZoneId: pulumi.String(b.args.ZoneID),
		Name:   pulumi.String(b.args.Domain),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name:   balancer.DnsName,
			ZoneId: balancer.ZoneId,
			// There is nowhere else to send anybody.
			EvaluateTargetHealth: pulumi.Bool(false),
		}},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating record %q: %w", b.name, err)
	}
	return nil
}
