package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/acm"

	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenCertificate           = "aws:acm/certificate:Certificate"
	tokenCertificateValidation = "aws:acm/certificateValidation:CertificateValidation"
)

// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
var certificateDomain = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$`)

// maxCertificateDomain is how long the first name of a certificate may be (API_RequestCertificate.html).
const maxCertificateDomain = 64

// Which inputs replace a certificate, and that waiting for its validation is a resource of its own, follow the
// provider's documentation (https://www.pulumi.com/registry/packages/aws/api-docs/acm/).
var acmTypes = map[string]entry{
	tokenCertificate: {
		schema:  sdkschema.Of(acm.CertificateArgs{}, acm.Certificate{}),
		replace: []string{"domainName", "subjectAlternativeNames", "validationMethod", "validationOptions", "keyAlgorithm", "certificateAuthorityArn"},
		id:      func(c *creation) string { return c.arn("acm", "certificate/%s", c.uuid()) },
		check: func(c *checker) {
			c.matches("domainName", certificateDomain, "a domain name that ACM takes")
			if name, ok := c.text("domainName"); ok && len(name) > maxCertificateDomain {
				c.fail("domainName", "ValidationException: %d characters, and ACM takes at most %d", len(name), maxCertificateDomain)
			}
			c.oneOf("validationMethod", "DNS", "EMAIL")
		},
		compute: (*creation).computeCertificate,
		// API_DeleteCertificate.html
		inUse: "ResourceInUseException",
	},
	tokenCertificateValidation: {
		schema:     sdkschema.Of(acm.CertificateValidationArgs{}, acm.CertificateValidation{}),
		replace:    []string{"certificateArn", "validationRecordFqdns"},
		references: []reference{{input: "certificateArn", typ: tokenCertificate, property: "arn", part: true}},
		id:         func(c *creation) string { return c.token("issued", 16) },
		refusals:   []refusal{{[]string{"certificateArn"}, (*creation).unprovenName}},
	},
}

// computeCertificate asks for a certificate: ACM answers with the record that proves whose the name is
// (https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html), and issues it once that is there.
func (c *creation) computeCertificate() {
	domain := c.text("domainName")
	c.set("arn", c.id)
	c.set("domainValidationOptions", []any{map[string]any{
		"domainName":          domain,
		"resourceRecordName":  fmt.Sprintf("_%s.%s.", c.token("record name", 32), domain),
		"resourceRecordType":  "CNAME",
		"resourceRecordValue": fmt.Sprintf("_%s.%s.acm-validations.aws.", c.token("record value", 32), c.token("validation zone", 10)),
	}})
	c.set("status", "PENDING_VALIDATION")
	c.set("type", "AMAZON_ISSUED")
	c.set("notAfter", "")
	c.set("notBefore", "")
	c.set("pendingRenewal", false)
	c.set("renewalEligibility", "INELIGIBLE")
	c.setDefault("keyAlgorithm", "RSA_2048")
	c.setDefault("subjectAlternativeNames", []any{domain})
	c.setDefault("options", map[string]any{"certificateTransparencyLoggingPreference": "ENABLED"})
	c.setDefault("validationMethod", "NONE")
}

// unprovenName waits for what never comes, unless the record ACM asked for is there.
func (c *creation) unprovenName() error {
	certificate := c.cloud.Find(tokenCertificate, "arn", c.text("certificateArn"))
	for _, option := range lookup(certificate.Outputs["domainValidationOptions"], "") {
		wanted := copyOf(option)
		name := strings.TrimSuffix(fmt.Sprint(wanted["resourceRecordName"]), ".")
		record := c.cloud.Find(tokenRecord, "fqdn", name)
		if record == nil || !slices.Contains(lookup(record.Outputs["records"], ""), wanted["resourceRecordValue"]) {
			return fmt.Errorf("timeout while waiting for state to become 'ISSUED': there is no record %s with the value ACM asked for", name)
		}
	}
	return nil
}
