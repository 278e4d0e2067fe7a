package aws

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/route53"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenRecord = "aws:route53/record:Record"

var (
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
	hostedZoneID = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
	recordName = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?$`)
)

// Which inputs replace a record follows the provider's documentation
// (https://www.pulumi.com/registry/packages/aws/api-docs/route53/record/). Zones are nobody's here: a program
// is given the id of one.
var route53Types = map[string]entry{
	tokenRecord: {
		schema:  sdkschema.Of(route53.RecordArgs{}, route53.Record{}),
		replace: []string{"zoneId", "name", "setIdentifier"},
		id: func(c *creation) string {
			return c.text("zoneId") + "_" + strings.TrimSuffix(strings.ToLower(c.text("name")), ".") + "_" + c.text("type")
		},
		check: func(c *checker) {
			c.matches("zoneId", hostedZoneID, "the id of a hosted zone")
			c.matches("name", recordName, "a domain name")
			// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
			c.oneOf("type", "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT")
			_, alias := c.inputs["aliases"]
			_, records := c.inputs["records"]
			_, ttl := c.inputs["ttl"]
			switch {
			case alias == records:
				c.fail("records", "a record has either records or an alias")
			case records && !ttl:
				c.fail("ttl", "InvalidInput: records want a ttl")
			case alias && ttl:
				c.fail("ttl", "InvalidInput: an alias has the ttl of what it stands for")
			}
		},
		compute: func(c *creation) {
			c.set("fqdn", strings.TrimSuffix(c.text("name"), "."))
			c.setDefault("allowOverwrite", false)
		},
	},
}
