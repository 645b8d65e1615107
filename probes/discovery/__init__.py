"""Finding ONVIF devices by WS-Discovery, and asking each what it says of itself."""
