// Live figures and small comforts. Every page works without this script.
"use strict";
