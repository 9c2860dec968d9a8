"""How fast Drawbar decides, beside what else decides, in process and over HTTP."""
