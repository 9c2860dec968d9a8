"""What is asked over HTTP: a gateway, two other engines, and two that decide nothing."""
