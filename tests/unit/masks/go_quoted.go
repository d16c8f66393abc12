// Writes what Go's own quoting makes of each text in the JSON list that it reads: `go run go_quoted.go < canaries.json`.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var values []string
	if err := json.NewDecoder(os.Stdin).Decode(&values); err != nil {
		panic(err)
	}
	quoted := map[string][2]string{}
	for _, value := range values {
		quoted[value] = [2]string{fmt.Sprintf("%q", value), fmt.Sprintf("%+q", value)}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(quoted); err != nil {
		panic(err)
	}
}
