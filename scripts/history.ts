console.log("draft");
