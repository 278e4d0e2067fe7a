package edge

import (
	"fmt"
	"strconv"
	"strings"
)

// inspectedBytes is what the firewall before a load balancer sees of a body, fixed by AWS
// (https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html).
const inspectedBytes = 8192

// greaterThan is a regular expression of the whole numbers above n, in decimal. WAF compares how long a header
// is, not the number it holds, so that a limit on Content-Length has to be written as one.
func greaterThan(n int) string {
	digits := strconv.Itoa(n)
	longer := fmt.Sprintf("[1-9][0-9]{%d,}", len(digits))
	ways := []string{longer}
	for i, digit := range digits {
		if digit == '9' {
			continue
		}
		way := fmt.Sprintf("%s[%c-9]", digits[:i], digit+1)
		if rest := len(digits) - i - 1; rest > 0 {
			way += fmt.Sprintf("[0-9]{%d}", rest)
		}
		ways = append(ways, way)
	}
	return "^0*(" + strings.Join(ways, "|") + ")$"
}
