package inspect

import (
	"encoding/json"
	"net/http"
)

// writeJSON answers with v. Errors of writing are the client's: it is gone.
func writeJSON(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "inspect: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(append(text, '\n'))
}
