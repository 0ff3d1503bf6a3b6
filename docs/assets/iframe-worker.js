// Search wants a worker, and pages that are opened from the disk get none: there a hidden frame stands in for it.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(url) {
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.documentElement.append(this.frame);
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => setTimeout(() => this.onmessage?.({ data }));
      const script = inside.document.createElement("script");
      script.src = url;
      script.onload = () => this.begin();
      script.onerror = (event) => this.onerror?.(event);
      inside.document.documentElement.append(script);
    }
    begin() {
      this.ready = true;
      this.waiting.splice(0).forEach((data) => this.postMessage(data));
    }
    postMessage(data) {
      if (!this.ready) return void this.waiting.push(data);
      const inside = this.frame.contentWindow;
      setTimeout(() => inside.dispatchEvent(new inside.MessageEvent("message", { data })));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
